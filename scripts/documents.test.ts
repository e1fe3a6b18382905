import { execFileSync, spawnSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, describe, expect, test } from "vitest"
import { read } from "../packages/adapter-http/server/config/config.ts"
import { usages } from "../packages/adapter-http/server/usage.ts"
import { blocksOf, brokenLinks, documents } from "./documents/markdown.ts"
import { folder, runnable, writePrograms } from "./documents/programs.ts"

beforeAll(() => writePrograms(folder))

describe("the documents", () => {
  test.each(documents)("%s links to what is there", (document) => {
    expect(brokenLinks(document)).toEqual([])
  })

  test("name scripts that exist", () => {
    const manifest = JSON.parse(readFileSync("package.json", "utf8")) as { readonly scripts: Record<string, string> }
    const shell = documents.flatMap(blocksOf).filter(({ language }) => language === "sh")
    const named = shell.flatMap(({ text }) =>
      [...text.matchAll(/\b(?:npm|pnpm)(?: run)? ([a-z][\w:-]*)/g)].map((match) => match[1]!)
    )
    expect(named).toEqual(expect.arrayContaining(["start", "test"]))
    expect(named.filter((name) => !(name in manifest.scripts))).toEqual([])
  })

  test("have an entry for each decision in their index", () => {
    const index = readFileSync("docs/decisions/README.md", "utf8")
    const decisions = readdirSync("docs/decisions").filter((name) => name !== "README.md")
    expect(decisions.filter((name) => !index.includes(`](${name})`))).toEqual([])
  })

  test("have code that type-checks", () => {
    const { stdout } = spawnSync("node_modules/.bin/tsc", ["-p", folder, "--pretty", "false"], { encoding: "utf8" })
    const ours = stdout.split("\n").filter((line) => line.startsWith(folder))
    expect(ours).toEqual([])
  }, 240_000)

  test("have code that runs, and prints what they show", () => {
    const files = runnable.map(({ file }) => join(folder, file))
    const stdout = execFileSync(process.execPath, ["scripts/run-programs.mjs", ...files], { encoding: "utf8" })
    const shown = Object.fromEntries(runnable.map(({ file, block }) => [join(folder, file), block.output ?? ""]))
    expect(files).not.toEqual([])
    expect(JSON.parse(stdout)).toEqual(shown)
  }, 120_000)
})

describe("the operator's guide", () => {
  const guide = readFileSync("docs/operating.md", "utf8")
  /** The first cells of the table below a heading. */
  const rowsBelow = (heading: string) => {
    const section = guide.split(`\n## ${heading}\n`)[1]!.split("\n## ")[0]!
    return [...section.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]!).toSorted()
  }

  test("lists the settings that the server reads", () => {
    const asked = new Set<string>()
    read(new Proxy({}, { get: (_, name) => void asked.add(String(name)), ownKeys: () => [] }))
    const files = [...asked].filter((name) => name.endsWith("_FILE"))
    const names = [...asked].filter((name) => !files.includes(name))
    expect(rowsBelow("Settings")).toEqual(names.toSorted())
    expect(files.filter((name) => !guide.includes(`\`${name}\``))).toEqual([])
  })

  test("lists the commands", () => {
    expect(rowsBelow("Commands")).toEqual(Object.keys(usages).toSorted())
  })
})

describe("the page on security", () => {
  const page = readFileSync("docs/security.md", "utf8")
  const files = [
    "packages/itsm-core/src",
    "packages/adapter-memory",
    "packages/adapter-pg/test",
    "packages/adapter-http/test"
  ]
    .flatMap((root) => readdirSync(root, { recursive: true, encoding: "utf8" }).map((name) => join(root, name)))
    .filter((file) => file.endsWith(".ts") && !file.includes("node_modules"))

  test("names tests that there are", () => {
    const titles = files.filter((file) => file.endsWith(".test.ts")).map((file) => readFileSync(file, "utf8"))
    const ids = new Set(page.match(/T-[A-Z]+-\d+/g))
    expect([...ids].filter((id) => !titles.some((text) => new RegExp(`${id}\\b`).test(text)))).toEqual([])
    const named = [...page.matchAll(/`([\w.-]+\.ts)`/g)].map(([, name]) => name!)
    expect(named.filter((name) => !files.some((file) => file.endsWith(`/${name}`)))).toEqual([])
  })

  test("covers what is known to have gone wrong elsewhere", () => {
    const counts = {
      AUTHZ: 7,
      MASS: 1,
      ORG: 1,
      JWT: 3,
      MFA: 3,
      SESS: 1,
      PW: 1,
      RATE: 2,
      PROXY: 1,
      RESET: 3,
      BOOT: 1,
      SQL: 3
    }
    const ids = Object.entries(counts).flatMap(([name, count]) =>
      Array.from({ length: count }, (_, index) => `T-${name}-${index + 1}`)
    )
    const all = [...ids, "T-REFRESH-2", "T-REFRESH-3", "T-RACE-1", "T-RACE-2", "T-RACE-5"]
    expect(all.filter((id) => !new RegExp(`${id}\\b`).test(page))).toEqual([])
  })
})
