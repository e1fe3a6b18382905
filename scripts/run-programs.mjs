// Runs programs one after the other, and prints as JSON what each of them printed.
import { pathToFileURL } from "node:url"
import { format } from "node:util"

const printed = {}
for (const file of process.argv.slice(2)) {
  const lines = []
  console.log = (...values) => lines.push(`${format(...values)}\n`)
  await import(pathToFileURL(file)).catch((error) => lines.push(String(error?.stack ?? error)))
  printed[file] = lines.join("")
}
process.stdout.write(JSON.stringify(printed))
