import { Data, Effect } from "effect"
import { readdir, readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"

/** One file of SQL, run once in each database. */
export interface Migration {
  readonly name: string
  readonly sql: string
}

/** The migrations of a module that is not part of the product: a folder of numbered SQL files. */
export interface Further {
  /** Whose they are: small letters, digits and underscores. Their history is the table `itsm_migrations_<name>`. */
  readonly name: string
  readonly migrations: URL
}

/** Migrations in their order, and the table that remembers which of them were applied. */
export interface Source {
  /** What stands before the names of its migrations. */
  readonly prefix: string
  readonly history: string
  readonly migrations: ReadonlyArray<Migration>
}

/** Further migrations cannot be told apart from others, or not be read. */
export class MigrationsUnusable extends Data.TaggedError("MigrationsUnusable")<{
  readonly name: string
  readonly reason: string
}> {
  override get message() {
    return `The migrations of "${this.name}" cannot be used: ${this.reason}.`
  }
}

export const productHistory = "itsm_migrations"

const filesIn = async (folder: URL): Promise<ReadonlyArray<Migration>> => {
  const path = fileURLToPath(folder.href.endsWith("/") ? folder : new URL(`${folder.href}/`))
  const names = (await readdir(path)).filter((name) => name.endsWith(".sql")).toSorted()
  return Promise.all(names.map(async (name) => ({ name, sql: await readFile(`${path}${name}`, "utf8") })))
}

/** The migrations of this package, in their order. */
export const shipped: Effect.Effect<ReadonlyArray<Migration>> = Effect.promise(() =>
  filesIn(new URL("../migrations/", import.meta.url))
)

/** PostgreSQL cuts names off that are longer than 63 bytes. */
const pattern = /^[a-z][a-z0-9_]{0,39}$/

const read = ({ name, migrations: folder }: Further) => {
  const unusable = (reason: string) => new MigrationsUnusable({ name, reason })
  return Effect.gen(function* () {
    if (!pattern.test(name))
      return yield* unusable("a name is up to 40 small letters, digits and underscores, and begins with a letter")
    const migrations = yield* Effect.tryPromise({
      try: () => filesIn(folder),
      catch: (error) => unusable(`${folder.href} cannot be read (${(error as Error).message})`)
    })
    if (migrations.length === 0) return yield* unusable(`${folder.href} holds no file that ends in .sql`)
    return { prefix: `${name}/`, history: `${productHistory}_${name}`, migrations } satisfies Source
  })
}

/** The further migrations from their folders, in the order in which they are given. */
export const readAll = Effect.fnUntraced(function* (further: ReadonlyArray<Further>) {
  const twice = further.find(({ name }, at) => further.findIndex((other) => other.name === name) < at)
  if (twice !== undefined)
    return yield* new MigrationsUnusable({ name: twice.name, reason: "two modules bring migrations of this name" })
  return yield* Effect.forEach(further, read)
})
