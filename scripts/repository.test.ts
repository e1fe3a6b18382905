import { describe, expect, test } from "vitest"
import { globSync, readFileSync } from "node:fs"
import { basename, dirname, join, normalize } from "node:path"

const generated = (path: string) => path.includes("node_modules") || /(^|\/)dist(\/|$)/.test(path)
const filesAt = (...patterns: ReadonlyArray<string>) => globSync(patterns, { exclude: generated }).toSorted()
const isTest = (path: string) => path.endsWith(".test.ts")
const read = (path: string) => readFileSync(path, "utf8")

const sources = filesAt("packages/*/{src,server,client}/**/*.ts").filter((path) => !isTest(path))
const tests = filesAt("packages/**/*.test.ts", "examples/**/*.test.ts", "scripts/**/*.test.ts")
const core = sources.filter((path) => path.startsWith("packages/itsm-core/src/"))
/** What only tests load: the testing library, and what each module ships for it. */
const isForTests = (path: string) => path.includes("/src/testing/") || /\/modules\/[^/]+\/samples\//.test(path)
const coreRuntime = core.filter((path) => !isForTests(path))
const texts = filesAt(
  "*.md",
  "docs/**/*.md",
  "packages/**/*.md",
  "packages/*/migrations/*.sql",
  "examples/**/*.{md,ts}"
)
const configuration = filesAt("*.json", ".*.json", "*.yaml", "packages/*/*.json", "scripts/*.mjs", ".ci/*")

const thisFile = "scripts/repository.test.ts"
const everything = [...new Set([...sources, ...tests, ...texts, ...configuration])].filter((path) => path !== thisFile)

/** Text in comments and strings taken out, so that a rule on code does not trip over prose. */
const codeOf = (path: string) =>
  read(path)
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .replaceAll(/(^|\s)\/\/.*$/gm, "")
    .replaceAll(/"(?:[^"\\\n]|\\.)*"/g, '""')

const matching = (paths: ReadonlyArray<string>, pattern: RegExp, contentOf: (path: string) => string = read) =>
  paths.filter((path) => pattern.test(contentOf(path)))

const importPattern = /(?:^|\n)\s*(?:import|export)\s(type\s)?(?:[^"'`;]*?\sfrom\s)?\s*"([^"]+)"|\bimport\("([^"]+)"\)/g

const importsOf = (path: string) =>
  [...read(path).matchAll(importPattern)].map(([, type, from, dynamic]) => ({
    name: from ?? dynamic ?? "",
    typeOnly: type !== undefined
  }))

const importedNames = (path: string) => importsOf(path).map(({ name }) => name)

const relativeTo = (path: string, names: ReadonlyArray<string>) =>
  names.filter((name) => name.startsWith(".")).map((name) => normalize(join(dirname(path), name)))

const filesImportedBy = (path: string) => relativeTo(path, importedNames(path))

/** What has to be loaded first: imports of types alone are gone at run time. */
const filesLoadedBy = (path: string) => {
  const loaded = importsOf(path).filter(({ typeOnly }) => !typeOnly)
  return relativeTo(
    path,
    loaded.map(({ name }) => name)
  )
}

describe("file budget", () => {
  const lengths = sources.map((path) => ({ path, lines: read(path).trimEnd().split("\n").length }))
  const sorted = lengths.map(({ lines }) => lines).toSorted((a, b) => a - b)
  const atShare = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0

  test("no source file is longer than 400 lines", () => {
    expect(lengths.filter(({ lines }) => lines > 400)).toEqual([])
  })

  test("nine source files in ten have at most 250 lines", () => {
    expect(atShare(0.9)).toBeLessThanOrEqual(250)
  })

  test("half of the source files have at most 90 lines", () => {
    expect(atShare(0.5)).toBeLessThanOrEqual(90)
  })

  test("no file and no folder is called after nothing in particular", () => {
    const vague = new Set([
      "utils",
      "util",
      "helpers",
      "helper",
      "common",
      "misc",
      "types.ts",
      "utils.ts",
      "helpers.ts",
      "common.ts"
    ])
    expect([...sources, ...tests].filter((path) => path.split("/").some((part) => vague.has(part)))).toEqual([])
  })
})

describe("layers", () => {
  const moduleOf = (path: string) => /\/src\/modules\/([^/]+)\//.exec(path)?.[1]
  const kernel = core.filter((path) => path.includes("/src/kernel/"))
  const modules = coreRuntime.filter((path) => moduleOf(path) !== undefined)

  test("the core imports effect, date-fns and its own files only", () => {
    const allowed = /^(\.{1,2}\/|effect$|effect\/|date-fns(\/|$)|@date-fns\/tz$)/
    const foreign = coreRuntime.flatMap((path) =>
      importedNames(path)
        .filter((name) => !allowed.test(name))
        .map((name) => ({ path, name }))
    )
    expect(foreign).toEqual([])
  })

  test("the kernel imports nothing but the kernel", () => {
    expect(kernel.filter((path) => filesImportedBy(path).some((target) => !kernel.includes(target)))).toEqual([])
  })

  test("a module imports the kernel, itself and what other modules publish", () => {
    const allowed = (path: string, target: string) =>
      kernel.includes(target) ||
      moduleOf(target) === moduleOf(path) ||
      (moduleOf(target) !== undefined && basename(target) === "published.ts")
    const strays = modules.flatMap((path) =>
      filesImportedBy(path)
        .filter((target) => !allowed(path, target))
        .map((target) => ({ path, target }))
    )
    expect(strays).toEqual([])
  })

  test("nothing that runs loads what is for tests", () => {
    expect(coreRuntime.filter((path) => filesImportedBy(path).some(isForTests))).toEqual([])
  })

  test("the samples of a module use the kernel, its own files and the testing library", () => {
    const samples = core.filter((path) => isForTests(path) && moduleOf(path) !== undefined)
    const allowed = (path: string, target: string) =>
      kernel.includes(target) || moduleOf(target) === moduleOf(path) || target.includes("/src/testing/")
    expect(samples).not.toEqual([])
    expect(samples.filter((path) => filesImportedBy(path).some((target) => !allowed(path, target)))).toEqual([])
  })

  test("no source of the core is part of an import cycle", () => {
    expect(cyclesAmong(core)).toEqual([])
  })

  test("the core leaves time, chance and timers to Effect", () => {
    expect(
      matching(coreRuntime, /\bnew Date\(\)|\bDate\.now\b|\bMath\.random\b|\bset(Timeout|Interval)\b/, codeOf)
    ).toEqual([])
  })
})

describe("honesty", () => {
  test("no test is skipped, postponed or run alone", () => {
    expect(
      matching(
        tests.filter((path) => path !== thisFile),
        /\.(only|skip|skipIf|runIf|todo|fails)\b\s*\(/
      )
    ).toEqual([])
  })

  test("nothing is announced that is not done", () => {
    expect(matching(everything, /\b(TODO|FIXME|XXX)\b|not (yet )?implemented/i)).toEqual([])
  })

  test("nothing refers to folders outside the repository", () => {
    expect(matching(everything, /\.\.\/shared/)).toEqual([])
  })
})

describe("manifests", () => {
  type Manifest = {
    readonly exports: Record<string, string>
    readonly publishConfig: { readonly exports: Record<string, unknown> }
  }
  const manifests = filesAt("packages/*/package.json")

  test.each(manifests)("%s publishes the build of each of its exports", (path) => {
    const manifest = JSON.parse(read(path)) as Manifest
    const builtFrom = Object.values(manifest.exports).every((source) => source.startsWith("./src/")) ? "./src/" : "./"
    const published = (source: string) => {
      const stem = source.replace(builtFrom, "./dist/").replace(/\.ts$/, "")
      return { types: `${stem}.d.ts`, default: `${stem}.js` }
    }
    const expected = Object.entries(manifest.exports).map(([name, source]) => [name, published(source)])
    expect(manifest.publishConfig.exports).toEqual(Object.fromEntries(expected))
  })

  test.each(manifests)("%s exports files that exist", (path) => {
    const targets = Object.values((JSON.parse(read(path)) as Manifest).exports)
    expect(targets.filter((target) => globSync(join(dirname(path), target)).length === 0)).toEqual([])
  })
})

/** Each cycle once, as the list of its files. */
function cyclesAmong(paths: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<string>> {
  const done = new Set<string>()
  const cycles: Array<ReadonlyArray<string>> = []
  const visit = (path: string, trail: ReadonlyArray<string>) => {
    const at = trail.indexOf(path)
    if (at >= 0) cycles.push([...trail.slice(at), path])
    if (at >= 0 || done.has(path)) return
    for (const target of filesLoadedBy(path)) visit(target, [...trail, path])
    done.add(path)
  }
  for (const path of paths) visit(path, [])
  return cycles
}
