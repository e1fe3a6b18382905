/** One process of a server, as a caller sees it. */
export interface Process {
  readonly ask: (
    method: string,
    path: string,
    options?: { readonly token?: string; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  ) => Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }>
}

interface Question {
  readonly token: string
  readonly path: string
}

/** What one process decides, and how the same question is answered before and after. */
interface Case {
  readonly name: string
  readonly question: Question
  readonly before: number
  readonly after: number
  readonly code?: string
  readonly decide: () => Promise<unknown>
}

export const adminPassword = "nobody guesses this one"
const password = "seven violet canaries hum"
const anyVersion = { "if-match": "*" }

const idOf = (body: Readonly<Record<string, unknown>>) => String(body["id"])

/** An organization of its own on the process, with everything that can be taken from somebody. */
export const prepare = async ({ ask }: Process, admin: string, suffix: string): Promise<ReadonlyArray<Case>> => {
  const must = async (method: string, path: string, body?: unknown, token = admin) => {
    const answer = await ask(method, path, {
      token,
      ...(body === undefined ? {} : { body }),
      ...(method === "DELETE" || method === "PATCH" ? { headers: anyVersion } : {})
    })
    if (answer.status >= 300) throw new Error(`${method} ${path} is ${answer.status}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const make = async (path: string, body: object) => idOf(await must("POST", path, body))
  const role = (name: string, permission: string) =>
    make("/roles/", { key: `${name}_${suffix}`, name, permissions: [permission] })
  const signIn = async (email: string) => {
    const { body } = await ask("POST", "/auth/login/", { body: { email, password } })
    return String(body["accessToken"])
  }
  const person = async (name: string, patch: object = {}) => {
    const email = `${name}-${suffix}@acme.example`
    const id = await make("/users/", { email, displayName: name, password, ...patch })
    return { id, email, token: await signIn(email) }
  }
  const give = (userId: string, roleId: string, more: object = {}) => make("/user-roles/", { userId, roleId, ...more })

  const me = (token: string): Question => ({ token, path: "/auth/me/" })
  const revoked = { before: 200, after: 401, code: "session_revoked" }
  const readsUsers = await role("reads_users", "user.read:organization")

  const leaver = await person("leaver")
  const everywhere = { first: await person("everywhere"), second: "" }
  everywhere.second = await signIn(everywhere.first.email)
  const careful = await person("careful")
  const other = await signIn(careful.email)
  const closing = await signIn(careful.email)
  const [open] = (await must("GET", "/auth/sessions/", undefined, closing))["items"] as ReadonlyArray<{ id: string }>
  const disabled = await person("disabled")
  const deleted = await person("deleted")

  const newcomer = await person("newcomer")
  const former = await person("former")
  const formerRole = await give(former.id, readsUsers)
  const denied = await person("denied")
  await give(denied.id, readsUsers)
  const edited = await person("edited")
  const editedRole = await role("edited", "user.read:organization")
  await give(edited.id, editedRole)

  const it = await make("/departments/", { name: `IT ${suffix}` })
  const sales = await make("/departments/", { name: `Sales ${suffix}` })
  const mover = await person("mover", { departmentId: it })
  await give(mover.id, await role("neighbours", "user.read:department"))
  const neighbour = await make("/users/", { email: `n-${suffix}@acme.example`, displayName: "N", departmentId: it })

  const desk = await make("/teams/", { name: `Desk ${suffix}` })
  const member = await person("member")
  await give(member.id, await role("team_reads", "incident.read:team"))
  const membership = await make("/team-members/", { teamId: desk, userId: member.id })
  const incident = await make("/incidents/", { title: "Mail is slow", teamId: desk })

  const users = (token: string): Question => ({ token, path: "/users/" })
  const lost = { before: 200, after: 403, code: "permission_denied" }
  const hidden = { before: 200, after: 404, code: "not_found" }
  return [
    {
      name: "logout",
      question: me(leaver.token),
      ...revoked,
      decide: () => must("POST", "/auth/logout/", {}, leaver.token)
    },
    {
      name: "logout of all sessions",
      question: me(everywhere.second),
      ...revoked,
      decide: () => must("POST", "/auth/logout/", { all: true }, everywhere.first.token)
    },
    {
      name: "end of a single session",
      question: me(closing),
      ...revoked,
      decide: () => must("DELETE", `/auth/sessions/${open!.id}/`, undefined, careful.token)
    },
    {
      name: "change of password",
      question: me(other),
      ...revoked,
      decide: () =>
        must("POST", "/auth/change-password/", { currentPassword: password, newPassword: adminPassword }, careful.token)
    },
    {
      name: "disabling of the user",
      question: me(disabled.token),
      ...revoked,
      decide: () => must("POST", `/users/${disabled.id}/disable/`, {})
    },
    {
      name: "deletion of the user",
      question: me(deleted.token),
      ...revoked,
      decide: () => must("DELETE", `/users/${deleted.id}/`)
    },
    {
      name: "role that is given",
      question: users(newcomer.token),
      before: 403,
      after: 200,
      decide: () => give(newcomer.id, readsUsers)
    },
    {
      name: "role that is taken",
      question: users(former.token),
      ...lost,
      decide: () => must("DELETE", `/user-roles/${formerRole}/`)
    },
    {
      name: "permission that is denied",
      question: users(denied.token),
      ...lost,
      decide: () =>
        make("/user-permissions/", {
          subjectType: "user",
          subjectId: denied.id,
          permission: "user.read",
          effect: "deny",
          scope: "organization"
        })
    },
    {
      name: "custom role that is edited",
      question: users(edited.token),
      ...lost,
      decide: () => must("PATCH", `/roles/${editedRole}/`, { permissions: ["team.read"] })
    },
    {
      name: "department that is left",
      question: { token: mover.token, path: `/users/${neighbour}/` },
      ...hidden,
      decide: () => must("PATCH", `/users/${mover.id}/`, { departmentId: sales })
    },
    {
      name: "team that is left",
      question: { token: member.token, path: `/incidents/${incident}/` },
      ...hidden,
      decide: () => must("DELETE", `/team-members/${membership}/`)
    }
  ]
}

/** Decides, and asks `there` until it answers as it must: how many milliseconds that took. */
export const delayOf = async (one: Case, there: Process): Promise<number> => {
  const { token, path } = one.question
  const asked = () => there.ask("GET", path, { token })
  const warm = [await asked(), await asked()]
  for (const { status, body } of warm)
    if (status !== one.before) throw new Error(`Before: ${one.name} is ${status}: ${JSON.stringify(body)}`)
  await one.decide()
  const since = performance.now()
  while (performance.now() - since < 5000) {
    const { status, body } = await asked()
    const took = performance.now() - since
    if (status === one.before) continue
    if (status !== one.after || (one.code !== undefined && body["code"] !== one.code))
      throw new Error(`After: ${one.name} is ${status}: ${JSON.stringify(body)}`)
    for (let i = 0; i < 3; i++)
      if ((await asked()).status !== one.after) throw new Error(`${one.name} came back after ${took} ms`)
    return took
  }
  throw new Error(`${one.name} was not seen in five seconds`)
}
