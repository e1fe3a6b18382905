// Writes the documents of docs/generated from the code; with --check it only tells which of them are out of date.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { folder, golden } from "./golden/index.ts"

const isCheck = process.argv.includes("--check")
const present = (name: string) =>
  existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8") : undefined
const outdated = Object.entries(golden)
  .map(([name, make]) => ({ name, text: make() }))
  .filter(({ name, text }) => present(name) !== text)

mkdirSync(folder, { recursive: true })
for (const { name, text } of outdated) {
  if (!isCheck) writeFileSync(join(folder, name), text)
  console.log(`${isCheck ? "out of date" : "written"}: ${join(folder, name)}`)
}
if (isCheck && outdated.length > 0) {
  console.log("Run `pnpm golden`, and look at what has changed.")
  process.exitCode = 1
}
