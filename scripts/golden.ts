// Writes the documents of docs/generated from the code and removes those that nothing generates any more; with --check it
// only tells which of them are out of date.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { folder, golden, stale } from "./golden/index.ts"

const isCheck = process.argv.includes("--check")
const tell = (what: string, name: string) => console.log(`${isCheck ? "out of date" : what}: ${join(folder, name)}`)
const present = (name: string) =>
  existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8") : undefined
const outdated = Object.entries(golden)
  .map(([name, make]) => ({ name, text: make() }))
  .filter(({ name, text }) => present(name) !== text)
const left = stale()

for (const { name, text } of outdated) {
  tell("written", name)
  if (isCheck) continue
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
}
for (const name of left) {
  tell("removed", name)
  if (!isCheck) rmSync(join(folder, name))
}
if (isCheck && outdated.length + left.length > 0) {
  console.log("Run `pnpm golden`, and look at what has changed.")
  process.exitCode = 1
}
