// Checks each package in the form in which it is published: `publishConfig` merged into the manifest and the workspace
// links replaced by versions, as pnpm does when it publishes. Expects a finished build in dist.
import { spawnSync } from "node:child_process"
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

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

const check = (folder) => {
  const target = mkdtempSync(join(tmpdir(), "itsm-package-"))
  try {
    const tarball = pack(folder, target)
    run("publint", ["run", tarball, "--strict"])
    run("attw", [tarball, "--profile", "esm-only", "--no-definitely-typed"])
    console.log(`${folder}: publint and attw find nothing`)
  } catch (error) {
    console.error(`${folder}: ${error.message}`)
    process.exitCode = 1
  } finally {
    rmSync(target, { recursive: true, force: true })
  }
}

for (const folder of folders) check(folder)
