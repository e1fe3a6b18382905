import { Effect } from "effect"
import { createRequire } from "node:module"
import { join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import type { Migrate } from "@itsm/adapter-pg"
import { catalogueWith } from "@itsm/core"
import type { Catalogue } from "@itsm/core/kernel"
import { CommandFailed } from "./failure.ts"

/** A module that is not part of the product, with the folder of the migrations that make its tables. */
export interface Extension<M extends Catalogue.Module = Catalogue.Module> {
  readonly module: M
  readonly migrations?: URL
}

export const modulesOf = (extensions: ReadonlyArray<Extension>): ReadonlyArray<Catalogue.Module> =>
  extensions.map(({ module }) => module)

/** What their migrations are called after. */
export const migrationsOf = (extensions: ReadonlyArray<Extension>): ReadonlyArray<Migrate.Further> =>
  extensions.flatMap(({ module: { name }, migrations }) => (migrations === undefined ? [] : [{ name, migrations }]))

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** A path is seen from the folder that the server is started in, and so is a package. */
const addressOf = (specifier: string, folder: string): string => {
  if (specifier.startsWith("file:")) return specifier
  if (/^\.{0,2}\//.test(specifier)) return pathToFileURL(resolve(folder, specifier)).href
  return pathToFileURL(createRequire(join(folder, "package.json")).resolve(specifier)).href
}

const isModule = (value: unknown): value is Catalogue.Module =>
  typeof value === "object" &&
  value !== null &&
  typeof (value as Partial<Catalogue.Module>).name === "string" &&
  Array.isArray((value as Partial<Catalogue.Module>).services)

const load = Effect.fnUntraced(function* (specifier: string, folder: string) {
  const failed = (reason: string) =>
    new CommandFailed({ reason: `The module ${specifier} of ITSM_MODULES cannot be used: ${reason}` })
  const exports = yield* Effect.tryPromise({
    try: async () => (await import(addressOf(specifier, folder))) as Readonly<Record<string, unknown>>,
    catch: (error) => failed(reasonOf(error))
  })
  const module = exports["module"] ?? exports["default"]
  const { migrations } = exports
  if (!isModule(module))
    return yield* failed(
      "it exports no module under the name `module` or as its default: an object with name and services."
    )
  if (migrations !== undefined && !(migrations instanceof URL))
    return yield* failed("its export `migrations` is no URL of a folder.")
  return { module, ...(migrations === undefined ? {} : { migrations }) } satisfies Extension
})

/** Fails where modules claim a name that another one has, or do not fit together otherwise. */
export const checkExtensions = (extensions: ReadonlyArray<Extension>): Effect.Effect<void, CommandFailed> =>
  Effect.try({
    try: () => void catalogueWith(modulesOf(extensions)),
    catch: (error) => new CommandFailed({ reason: reasonOf(error) })
  })

/** The modules that the setting names, in its order; paths and packages are looked for from the folder. */
export const loadExtensions = (
  specifiers: ReadonlyArray<string>,
  folder: string = process.cwd()
): Effect.Effect<ReadonlyArray<Extension>, CommandFailed> =>
  Effect.tap(
    Effect.forEach(specifiers, (specifier) => load(specifier, folder)),
    checkExtensions
  )
