#!/usr/bin/env node
import { Effect, Layer, Logger, References } from "effect"
import { parseArgs } from "node:util"
import { type Config, read } from "./config/config.ts"
import type { Extension } from "./extensions.ts"
import type { CommandFailed } from "./failure.ts"
import { jsonLines } from "./log.ts"
import { type CommandName, isCommand, overview, usages } from "./usage.ts"

const help = { type: "boolean", short: "h" } as const
const text = { type: "string" } as const
const options = {
  serve: { help },
  migrate: { help, status: { type: "boolean" } },
  "create-admin": {
    help,
    organization: text,
    "organization-name": text,
    email: text,
    name: text,
    superuser: { type: "boolean" }
  },
  demo: { help },
  openapi: { help },
  "rotate-keys": { help, now: { type: "boolean" } },
  doctor: { help }
} as const satisfies Readonly<Record<CommandName, object>>

type Given = Readonly<Record<string, string | boolean | undefined>>
type Run = (
  config: Config,
  extensions: ReadonlyArray<Extension>,
  unknown: ReadonlyArray<string>
) => Effect.Effect<void, CommandFailed>

const misused = (reason: string, usage: string): never => {
  process.stderr.write(`${reason}\n\n${usage}\n`)
  process.exit(2)
}

const textOf = (given: Given, name: string): string | undefined => {
  const value = given[name]
  return typeof value === "string" && value !== "" ? value : undefined
}

const required = (given: Given, name: string): string =>
  textOf(given, name) ?? misused(`--${name} is missing.`, usages["create-admin"])

const administratorIn = (given: Given) => ({
  organization: required(given, "organization"),
  organizationName: textOf(given, "organization-name"),
  email: required(given, "email"),
  name: required(given, "name"),
  superuser: given["superuser"] === true
})

/** What a command does; only its own part of the program is loaded. */
const commandFor = async (name: CommandName, given: Given): Promise<Run> => {
  switch (name) {
    case "serve":
      return (await import("./commands/serve.ts")).serve
    case "migrate": {
      const { migrateCommand } = await import("./commands/migrate.ts")
      return (config, extensions) => migrateCommand(config, extensions, given["status"] === true)
    }
    case "create-admin": {
      const { createAdmin } = await import("./commands/create-admin.ts")
      return (config, extensions) => createAdmin(config, extensions, administratorIn(given))
    }
    case "demo":
      return (await import("./commands/demo.ts")).demo
    case "openapi":
      return (await import("./commands/openapi.ts")).openapi
    case "rotate-keys": {
      const { rotateKeys } = await import("./commands/rotate-keys.ts")
      return (config, extensions) => rotateKeys(config, extensions, given["now"] === true)
    }
    case "doctor":
      return (await import("./commands/doctor.ts")).doctor
  }
}

const parse = (name: CommandName, args: ReadonlyArray<string>): Given => {
  try {
    return parseArgs({ args: [...args], options: options[name], strict: true }).values as Given
  } catch (error) {
    return misused((error as Error).message, usages[name])
  }
}

const configure = () => {
  const settings = read(process.env)
  if ("config" in settings) return settings
  const lines = settings.mistakes.map(({ name, found, remedy }) => `  ${name}: ${found}. ${remedy}`)
  process.stderr.write(
    `The settings have ${lines.length === 1 ? "a mistake" : `${lines.length} mistakes`}:\n\n${lines.join("\n")}\n`
  )
  return process.exit(2)
}

const extensionsOf = async ({ modules }: Config): Promise<Effect.Effect<ReadonlyArray<Extension>, CommandFailed>> =>
  modules.length === 0 ? Effect.succeed([]) : (await import("./extensions.ts")).loadExtensions(modules)

const logTo = (level: Config["logLevel"]) =>
  Layer.merge(Logger.layer([jsonLines]), Layer.succeed(References.MinimumLogLevel, level))

const main = async ([name, ...args]: ReadonlyArray<string>) => {
  if (name === undefined || name === "--help" || name === "-h" || name === "help")
    return void process.stdout.write(overview)
  if (!isCommand(name)) return misused(`There is no command "${name}".`, overview)
  const given = parse(name, args)
  if (given["help"] === true) return void process.stdout.write(`${usages[name]}\n`)
  if (name === "create-admin") administratorIn(given)
  const { config, unknown } = configure()
  const run = await commandFor(name, given)
  const warned = Effect.forEach(
    unknown,
    (setting) => Effect.logWarning("this setting is not known to this version", { setting }),
    { discard: true }
  )
  const extended = Effect.flatMap(await extensionsOf(config), (extensions) => run(config, extensions, unknown))
  const program = Effect.andThen(warned, extended).pipe(
    Effect.match({
      onFailure: ({ reason }) => {
        process.stderr.write(`${reason}\n`)
        return 1
      },
      onSuccess: () => 0
    }),
    Effect.provide(logTo(config.logLevel))
  )
  process.exit(await Effect.runPromise(program))
}

await main(process.argv.slice(2))
