import { existsSync, globSync, readFileSync } from "node:fs"
import { dirname, join, normalize } from "node:path"

/** A fenced block of a document. */
export interface Block {
  readonly document: string
  readonly language: string
  /** What stands after the language: `continued`. */
  readonly mark: string
  readonly text: string
  /** What the document shows as its output: the block of language `text` that follows it directly. */
  readonly output: string | undefined
}

/** The documents that are written by people, and whose code is whole: the README, and those of `docs`. */
export const manuals = ["README.md", ...globSync("docs/**/*.md", { exclude: ["docs/generated/**"] }).toSorted()]

/** All documents of the repository. */
export const documents = [...new Set([...manuals, ...globSync("*.md"), ...globSync("docs/generated/**/*.md")])]

const fence = /^```(\w*)[ \t]*(.*)\n([\s\S]*?)^```$/gm

export const blocksOf = (document: string): ReadonlyArray<Block> => {
  const text = readFileSync(document, "utf8")
  const found = [...text.matchAll(fence)].map((match) => ({
    language: match[1]!,
    mark: match[2]!,
    text: match[3]!,
    start: match.index,
    end: match.index + match[0].length
  }))
  return found.map(({ language, mark, text: content, end }, at) => {
    const next = found[at + 1]
    const follows = next?.language === "text" && text.slice(end, next.start).trim() === ""
    return { document, language, mark, text: content, output: follows ? next.text : undefined }
  })
}

const prose = (document: string) =>
  readFileSync(document, "utf8")
    .replaceAll(fence, "")
    .replaceAll(/`[^`\n]*`/g, "")

const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s-]/gu, "")
    .trim()
    .replaceAll(/\s/g, "-")

const anchorsOf = (document: string) =>
  [
    ...readFileSync(document, "utf8")
      .replaceAll(fence, "")
      .matchAll(/^#+ (.+)$/gm)
  ].map((match) => anchorOf(match[1]!))

/** The relative links of a document that lead nowhere. */
export const brokenLinks = (document: string): ReadonlyArray<string> =>
  [...prose(document).matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1]!)
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [path = "", anchor] = link.split("#")
      const target = path === "" ? document : normalize(join(dirname(document), path))
      if (!existsSync(target)) return true
      return anchor !== undefined && target.endsWith(".md") && !anchorsOf(target).includes(anchor)
    })
