import { Redacted } from "effect"

/** What a person who has just started the server does next. */
export const banner = (address: string, demoPassword: Redacted.Redacted<string> | undefined): string => {
  const api = `${address}/api/v1`
  const documents = `The API is at ${api}/, its reference at ${address}/api/docs/.`
  if (demoPassword === undefined) return `\n${documents}\n`
  const password = Redacted.value(demoPassword)
  const login = JSON.stringify({ email: "agent@acme.example", password }).replaceAll("'", `'\\''`)
  return `
${documents}

Two demo organizations are in place, Acme and Globex. Sign in as admin, manager, agent or user
at acme.example or globex.example, or as superuser@platform.example. The password of all of them:

  ${password}

Sign in:

  curl -s ${api}/auth/login/ -H 'Content-Type: application/json' -d '${login}'

List incidents:

  TOKEN=$(curl -s ${api}/auth/login/ -H 'Content-Type: application/json' -d '${login}' | sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/')
  curl -s ${api}/incidents/ -H "Authorization: Bearer $TOKEN"
`
}
