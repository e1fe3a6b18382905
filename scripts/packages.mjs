// Checks each package in the form in which it is published: `publishConfig` merged into the manifest and the workspace
// links replaced by versions, as pnpm does when it publishes. Expects a finished build in dist.
import { spawnSync } from "node:child_process"
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"

const manifestOf = (folder) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
const folders = readdirSync("packages").map((name) => join("packages", name))
const versions = Object.fromEntries(folders.map(manifestOf).map(({ name, version }) => [name, version]))

const withoutWorkspaceLinks = (dependencies = {}) =>
  Object.fromEntries(
    Object.entries(dependencies).map(([name, range]) => [name, range.startsWith("workspace:") ? versions[name] : range])
  )

const publishedManifest = ({ publishConfig, devDependencies: _unpublished, ...manifest }) => ({
  ...manifest,
  ...publishConfig,
  dependencies: withoutWorkspaceLinks(manifest.dependencies)
})

const run = (command, args, cwd) => {
  const result = spawnSync(command, args, { cwd, encoding: "utf8" })
  if (result.status === 0) return result.stdout
  throw new Error(`${command} ${args.join(" ")}\n${result.stdout}${result.stderr}${result.error ?? ""}`)
}

const pack = (folder, target) => {
  const manifest = manifestOf(folder)
  const published = join(target, "package")
  const included = manifest.files.filter((entry) => !entry.startsWith("!"))
  for (const entry of included) cpSync(join(folder, entry), join(published, entry), { recursive: true })
  cpSync("LICENSE", join(published, "LICENSE"))
  writeFileSync(join(published, "package.json"), JSON.stringify(publishedManifest(manifest), null, 2))
  return join(target, run("npm", ["pack", "--ignore-scripts", "--pack-destination", target], published).trim())
}

const attempt = (title, done, check) => {
  try {
    check()
    console.log(`${title}: ${done}`)
  } catch (error) {
    console.error(`${title}: ${error.message}`)
    process.exitCode = 1
  }
}

/** Ignored by git, and inside the workspace, so that the types of the test libraries are found. */
const consumer = resolve("dist/consumer")

/** The tarball as an installation unpacks it, with its dependencies beside it. */
const install = (folder, tarball) => {
  const { name, dependencies = {}, optionalDependencies = {} } = manifestOf(folder)
  const place = join(consumer, "node_modules", name)
  mkdirSync(place, { recursive: true })
  run("tar", ["-xzf", tarball, "-C", place, "--strip-components=1"])
  for (const dependency of Object.keys({ ...dependencies, ...optionalDependencies })) {
    if (dependency in versions) continue
    const link = join(place, "node_modules", dependency)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(resolve(folder, "node_modules", dependency), link)
  }
}

/** Every name that the package can be imported by. */
const entryPoints = (folder) => {
  const { name, exports } = manifestOf(folder)
  return Object.entries(exports).flatMap(([key, source]) => {
    if (!key.includes("*")) return [name + key.slice(1)]
    const [before, after] = join(folder, source).split("*")
    return globSync(`${before}**${after.startsWith("/") ? after : `/*${after}`}`, { exclude: ["**/*.test.ts"] }).map(
      (file) => name + key.slice(1).replace("*", file.slice(before.length, -after.length))
    )
  })
}

const resolutions = { nodenext: "nodenext", bundler: "esnext" }

const compile = (moduleResolution, module) => {
  const compilerOptions = {
    module,
    moduleResolution,
    target: "es2024",
    // the types of effect ask for those of the DOM
    lib: ["es2024", "DOM"],
    types: ["node"],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true
  }
  const project = join(consumer, `tsconfig.${moduleResolution}.json`)
  writeFileSync(project, JSON.stringify({ compilerOptions, files: ["every-entry-point.ts"] }))
  run("tsc", ["-p", project, "--pretty", "false"])
}

rmSync(consumer, { recursive: true, force: true })
for (const folder of folders) {
  const target = mkdtempSync(join(tmpdir(), "itsm-package-"))
  attempt(folder, "publint and attw find nothing", () => {
    const tarball = pack(folder, target)
    install(folder, tarball)
    run("publint", ["run", tarball, "--strict"])
    run("attw", [tarball, "--profile", "esm-only", "--no-definitely-typed"])
  })
  rmSync(target, { recursive: true, force: true })
}

const imports = folders.flatMap(entryPoints).map((name, at) => `export * as entry${at} from ${JSON.stringify(name)}\n`)
writeFileSync(join(consumer, "package.json"), JSON.stringify({ type: "module" }))
writeFileSync(join(consumer, "every-entry-point.ts"), imports.join(""))
for (const [resolution, module] of Object.entries(resolutions))
  attempt(`${imports.length} entry points`, `tsc accepts their types, resolved as ${resolution}`, () =>
    compile(resolution, module)
  )
