// Writes what is generated from the code; with --check it only tells which of them are out of date.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { golden } from "./golden/index.ts"

const isCheck = process.argv.includes("--check")
const present = (name: string) =>
  existsSync(name) ? readFileSync(name, "utf8") : undefined
const outdated = Object.entries(golden)
  .map(([name, make]) => ({ name, text: make() }))
  .filter(({ name, text }) => present(name) !== text)

for (const { name, text } of outdated) {
  if (!isCheck) {
    mkdirSync(dirname(name), { recursive: true })
    writeFileSync(name, text)
  }
  console.log(`${isCheck ? "out of date" : "written"}: ${name}`)
}
if (isCheck && outdated.length > 0) {
  console.log("Run `pnpm golden`, and look at what has changed.")
  process.exitCode = 1
}
