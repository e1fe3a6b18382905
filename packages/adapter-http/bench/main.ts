// Measures the server beside a thin one on the same database, the library, and the start: see docs/performance.md.
import { Effect, Result } from "effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { openSync } from "node:fs"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import { AccessToken, SigningKeys } from "../src/auth/index.ts"
import { end, pathOf, startLoad, startServer } from "./children.ts"
import { comparison, type Row } from "./compare.ts"
import { openDatabase } from "./database.ts"
import { measureDeliveries } from "./deliveries.ts"
import { deepCursors } from "./deep-page.ts"
import { withFolder } from "./folder.ts"
import type { LibraryFigures } from "./library.ts"
import { lineNames } from "./lines.ts"
import { type Options, readOptions } from "./options.ts"
import { measureSignIn } from "./sign-in.ts"
import { measureStart } from "./start.ts"
import { comparisonTable, deliveryTable, libraryTable, memoryTable, signInTable, startTable } from "./table.ts"
import type { World } from "./world.ts"

const options = readOptions(process.argv.slice(2))
const isWanted = (name: string) => options.only?.includes(name) ?? true
const print = (text: string) => process.stdout.write(`${text}\n`)
const note = (text: string) => process.stderr.write(`${text}\n`)

const signer = (keyText: string, { tenants }: World) => {
  const keys = Result.getOrThrow(SigningKeys.read(keyText))
  const tokens = AccessToken.make({ keys, issuer: "itsm", audience: "itsm" })
  const authenticatedAt = new Date().toISOString() as never
  return () =>
    Promise.all(
      tenants.map(({ id, agentId, sessionId }) =>
        Effect.runPromise(
          tokens.sign({
            user: { id: agentId as never, organizationId: id as never },
            session: { id: sessionId as never, amr: ["pwd"], authenticatedAt }
          })
        )
      )
    )
}

/** The limits are counted, and never reached. */
const highLimits = Object.fromEntries(
  ["USER", "API_KEY", "ORGANIZATION", "ANONYMOUS", "LOGIN"].map((name) => [`ITSM_RATE_LIMIT_${name}`, "1000000"])
)

const compareServers = async (folder: string, url: string, world: World, { connections, beside, ...rest }: Options) => {
  const keyText = SigningKeys.generate()
  const env = { DATABASE_URL: url, ITSM_SIGNING_KEYS: keyText, ...highLimits, PATH: process.env["PATH"] ?? "" }
  const log = openSync(join(folder, "server.log"), "w")
  const serve = (name: string, extra: Readonly<Record<string, string>>) =>
    startServer(name, pathOf("../server/main.ts"), ["serve"], { ...env, ...extra }, log)
  const ours = await serve("ours", {})
  const other =
    beside === "thin"
      ? await startServer("thin", pathOf("./thin/main.ts"), [], env, log)
      : await serve("open", { ITSM_ROW_LEVEL_SECURITY: "off" })
  const load = startLoad()
  try {
    const tokens = signer(keyText, world)
    const cursors = await deepCursors(ours.port, (await tokens())[0]!)
    const idle = [await ours.usage(), await other.usage()] as const
    const contestants = {
      ours: { server: ours, tokens, deepCursor: cursors.ours },
      other: { server: other, tokens, deepCursor: beside === "thin" ? cursors.thin : cursors.ours }
    }
    const measure = comparison(world, load, contestants, rest)
    const rows: Array<Row> = []
    for (const line of lineNames.filter(isWanted)) {
      for (const count of connections) {
        note(`${line}, ${count} connections`)
        rows.push(await measure(line, count))
      }
    }
    const loaded = [await ours.usage(), await other.usage()] as const
    print(`\nours / ${beside}\n\n${comparisonTable(rows)}\n`)
    print(
      `${memoryTable(beside, [
        ["before the load", idle[0].rss, idle[1].rss],
        ["after the load", loaded[0].rss, loaded[1].rss]
      ])}\n`
    )
  } finally {
    await load.stop()
    await ours.stop()
    await other.stop()
  }
}

const measureLibrary = async (): Promise<LibraryFigures> => {
  const child = spawn(process.execPath, [pathOf("./library.ts")], { stdio: ["ignore", "inherit", "inherit", "ipc"] })
  const [figures] = (await once(child, "message")) as [LibraryFigures]
  await end(child)
  return figures
}

print(
  `Node.js ${process.version}, ${availableParallelism()} cores, PostgreSQL 18 on the same machine; ${options.rounds} × ${options.seconds} s for each server and line.`
)
if (lineNames.some(isWanted)) {
  await withFolder((folder) =>
    openDatabase(join(folder, "data")).pipe(
      Effect.flatMap(({ url, world }) => Effect.promise(() => compareServers(folder, url, world, options))),
      Effect.scoped,
      Effect.runPromise
    )
  )
}
if (isWanted("library")) print(`${libraryTable(await measureLibrary())}\n`)
if (isWanted("start")) print(`${startTable(await measureStart())}\n`)
if (isWanted("deliveries")) print(`${deliveryTable(await measureDeliveries())}\n`)
if (isWanted("sign-in")) print(`${signInTable(await measureSignIn())}\n`)
