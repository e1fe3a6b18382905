import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { type Block, blocksOf, manuals } from "./markdown.ts"

/** A block of code as a file that can be checked and run. */
interface Program {
  readonly block: Block
  /** Relative to the folder of all programs. */
  readonly file: string
  readonly source: string
}

/** Ignored by git, and inside the workspace, so that its packages are found. */
export const folder = "dist/documents"

const placed = /^\/\/ packages\/itsm-core\/src\/modules\/(\S+\.ts)\n/

/** Files of a module import the kernel by its path in the core; outside of the core it has the name of its package. */
const outsideOfTheCore = (source: string) =>
  source
    .replaceAll(/"(?:\.\.\/)+kernel\/index\.ts"/g, `"@itsm/core/kernel"`)
    .replaceAll(/"(?:\.\.\/)+testing\/[\w-]+\.ts"/g, `"@itsm/core/testing"`)

const programsOf = (document: string): ReadonlyArray<Program> => {
  const programs: Array<Program> = []
  for (const block of blocksOf(document).filter(({ language }) => language === "ts")) {
    const previous = programs.at(-1)
    const place = placed.exec(block.text)?.[1]
    if (block.mark === "continued" && previous !== undefined) {
      programs[programs.length - 1] = { ...previous, block, source: `${previous.source}\n${block.text}` }
    } else {
      const name = `${basename(document, ".md").toLowerCase()}-${programs.length + 1}.ts`
      programs.push({
        block,
        file: place ?? name,
        source: place === undefined ? block.text : outsideOfTheCore(block.text)
      })
    }
  }
  return programs
}

const programs = manuals.flatMap(programsOf)

/** Programs that can be run as they stand: not those that are tests, need a database, or are part of a module. */
export const runnable = programs.filter(
  ({ file, source }) =>
    !file.includes("/") &&
    !/"(vitest|@effect\/vitest|@itsm\/core\/testing|@itsm\/adapter-pg(\/\w+)?|@itsm\/adapter-http\/server)"/.test(
      source
    )
)

const compilerOptions = {
  noEmit: true,
  composite: false,
  declarationMap: false,
  sourceMap: false,
  rewriteRelativeImportExtensions: false,
  allowImportingTsExtensions: true,
  noUnusedLocals: false,
  types: ["node"]
}

/** Writes all programs, with a project that checks them in one run. */
export const writePrograms = (into: string): void => {
  rmSync(into, { recursive: true, force: true })
  for (const { file, source } of programs) {
    mkdirSync(dirname(join(into, file)), { recursive: true })
    writeFileSync(join(into, file), source)
  }
  writeFileSync(join(into, "package.json"), JSON.stringify({ type: "module" }))
  writeFileSync(
    join(into, "tsconfig.json"),
    JSON.stringify({ extends: "../../tsconfig.base.json", compilerOptions, include: ["."] })
  )
}
