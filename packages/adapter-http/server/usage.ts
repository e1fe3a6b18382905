/** The commands, and what each of them says about itself. */
export const usages = {
  serve:
    "itsm serve\n\n  Serves the API until it is told to stop (SIGTERM or SIGINT). Without DATABASE_URL it runs a PostgreSQL of its own in\n  ITSM_DATA_DIR. It migrates the schema first.",
  migrate:
    "itsm migrate [--status]\n\n  Brings the schema of the database up to date. With --status it only tells what is applied and what is pending.",
  "create-admin":
    "itsm create-admin --organization <slug> [--organization-name <name>] --email <address> --name <name> [--superuser]\n\n  Makes an administrator, and the organization where it is missing. The password comes from ITSM_ADMIN_PASSWORD, from the\n  file that ITSM_ADMIN_PASSWORD_FILE names, or from standard input. With --superuser: an operator of the platform.",
  demo: "itsm demo\n\n  Makes the demo organizations Acme and Globex in a database that holds no organization yet.",
  openapi: "itsm openapi\n\n  Prints the OpenAPI document.",
  "rotate-keys":
    "itsm rotate-keys [--now]\n\n  Adds a key that signs access tokens to those that are kept. It is published at once and signs after 20 minutes; running\n  servers take it up. With --now it signs at once, and all access tokens from before are refused.",
  doctor: "itsm doctor\n\n  Checks settings, database, migrations and keys, and tells what to do about what it finds."
} as const

export type CommandName = keyof typeof usages

export const isCommand = (name: string): name is CommandName => Object.hasOwn(usages, name)

const summaries: Readonly<Record<CommandName, string>> = {
  serve: "serve the API",
  migrate: "bring the schema of the database up to date",
  "create-admin": "make an administrator, and their organization",
  demo: "make the demo organizations",
  openapi: "print the OpenAPI document",
  "rotate-keys": "replace the key that signs access tokens",
  doctor: "find out what keeps the server from working"
}

export const overview = `itsm <command> [options]

${Object.entries(summaries)
  .map(([name, summary]) => `  ${name.padEnd(14)}${summary}`)
  .join("\n")}

  itsm <command> --help tells more. Everything else is set by environment variables: see the operator's guide.

Exit codes: 0 done; 1 it could not be done, and the last lines say why; 2 the command line or a setting is wrong;
128 and the number of a signal: a second signal ended it at once.
`
