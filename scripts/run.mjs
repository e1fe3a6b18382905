// Runs one script of package.json, after installing what it needs.
// Plain JavaScript for any Node from 18 on: it is what `npm start` and `npm test` find before anything is installed.
import { spawn, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { constants } from "node:os"
import { delimiter, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const bin = join(root, "node_modules", ".bin")
const stampFile = join(root, "node_modules", ".bootstrap")
process.chdir(root)

const fail = (message) => {
  console.error(message)
  process.exit(1)
}

// npm hands its own settings down as npm_config_* and the like: keep them away from pnpm and from the server.
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_(config|package|lifecycle)_/i.test(name))
)
env.PATH = `${bin}${delimiter}${env.PATH ?? ""}`

const wantedStamp = () => {
  const hash = createHash("sha256")
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json"]) hash.update(readFileSync(file))
  return `${hash.digest("hex")} ${process.platform}-${process.arch}`
}

const install = () => {
  const wanted = wantedStamp()
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === wanted) return
  const result = spawnSync("npx", ["--yes", "pnpm@12.21.0", "install", "--frozen-lockfile"], { stdio: "inherit", env })
  if (result.error) fail(`npx could not be started: ${result.error.message}`)
  if (result.status !== 0) process.exit(result.status ?? 1)
  writeFileSync(stampFile, wanted)
}

// The sources are TypeScript that Node runs as it is, which Node does without a flag from 22.18 on.
const runsTypeScript = (version) => {
  const [major, minor] = version.replace("v", "").split(".").map(Number)
  return major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18)
}

const nodeBinary = () => {
  const installed = join(bin, "node")
  if (existsSync(installed) && spawnSync(installed, ["--version"]).status === 0) return installed
  if (runsTypeScript(process.version)) return process.execPath
  return fail(
    `No Node.js binary came with the dependencies for ${process.platform}-${process.arch}, and Node.js ${process.version} ` +
      "is too old to run TypeScript sources. Install Node.js 24 and run the command again."
  )
}

const commandOf = (name) => {
  const script = JSON.parse(readFileSync("package.json", "utf8")).scripts[name]
  if (!script?.startsWith("node ")) fail(`package.json has no script ${name} that starts with "node "`)
  return script.split(" ").slice(1)
}

// No shell in between: the signals below reach the program itself.
const run = (file, args) => {
  const child = spawn(file, args, { stdio: "inherit", env })
  // A terminal sends Ctrl-C to every process of the group, so passing it on would deliver it twice.
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"))
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal))
  child.on("error", (error) => fail(`${file} could not be started: ${error.message}`))
  child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
}

const [name, ...rest] = process.argv.slice(2)
if (name === undefined) fail("usage: node scripts/run.mjs <script of package.json> [arguments]")
install()
run(nodeBinary(), [...commandOf(name), ...rest])
