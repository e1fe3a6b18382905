import { Audit, Condition, Kernel, User } from "@itsm/core"
import { Effect } from "effect"
import { generate } from "otplib"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { type Accounts, auth, otherPassword, startAccounts, stores } from "./accounts.ts"
import { bearer, password } from "./memory-server.ts"
import { listen } from "./service.ts"

const address = "127.0.0.1"
const agent = "Sign-in test/1.0"
const long = "2020-01-01T00:00:00.000Z"
const seconds = () => Math.floor(Date.now() / 1000)
const codeOf = (secret: string, steps = 0) => generate({ secret, epoch: seconds() + steps * 30 })
const tomorrow = () => new Date(Date.now() + 86_400_000).toISOString()

type Json = Readonly<Record<string, unknown>>
/** What an entry says: `action outcome reason`. */
type Line = readonly [action: string, outcome: "allow" | "deny", reason: string | null]
type Asking = (
  path: string,
  body?: object,
  more?: { readonly token?: unknown; readonly method?: string }
) => Promise<Json>

/** Somebody of Acme with a session, and everything that is secret about them. */
interface Somebody {
  readonly email: string
  readonly id: string
  readonly path: string
  readonly token: unknown
  readonly refreshToken: unknown
}

interface Stage {
  readonly accounts: Accounts
  readonly ask: Asking
  readonly somebody: Somebody
}

interface Case {
  readonly what: string
  /** What happens before, and is not looked at. */
  readonly before?: (stage: Stage) => Promise<unknown>
  readonly happens: (stage: Stage, before: Json) => Promise<unknown>
  readonly recorded: ReadonlyArray<Line>
}

const enrolled = async ({ ask, somebody: { token } }: Stage) => {
  const { secret } = await ask("mfa/enable", { password }, { token })
  const { recoveryCodes } = await ask("mfa/verify", { code: await codeOf(String(secret), -1) }, { token })
  return { secret, recoveryCode: (recoveryCodes as ReadonlyArray<string>)[0] }
}
const withTicket = async (stage: Stage) => {
  const { secret, recoveryCode } = await enrolled(stage)
  const { mfaToken } = await stage.ask("login", { email: stage.somebody.email, password })
  return { secret, recoveryCode, mfaToken }
}
const withKey = async ({ ask, accounts, somebody: { token, id } }: Stage) => {
  await accounts.give(id, "agent")
  return ask("api-keys", { name: "Probe", scopes: ["incident.read"], expiresAt: tomorrow() }, { token })
}
const times = async (count: number, run: () => Promise<unknown>) => {
  for (let time = 0; time < count; time++) await run()
}
const invited = async ({ accounts: { create, linkTo, policy }, somebody }: Stage) => {
  policy.registration = "invite"
  const { email } = await create(`i-${somebody.email.split("@")[0]!}`, {})
  return { email, inviteToken: await linkTo(email), password: otherPassword, displayName: "Ida" }
}
const registered = async ({ accounts: { linkTo, policy }, ask, somebody }: Stage) => {
  policy.registration = "open"
  const email = `r-${somebody.email}`
  await ask("register", { email, password: otherPassword, displayName: "Rita" })
  return { email, token: await linkTo(email) }
}
const withLink = async ({ accounts: { linkTo }, ask, somebody: { email } }: Stage) => {
  await ask("password-reset", { email })
  return { token: await linkTo(email), newPassword: otherPassword }
}
const disabled = async ({ accounts: { act }, somebody: { path } }: Stage) => act(path, "disable")

const cases: ReadonlyArray<Case> = [
  {
    what: "a sign-in",
    happens: ({ ask, somebody: { email } }) => ask("login", { email, password }),
    recorded: [["user.login", "allow", null]]
  },
  {
    what: "a sign-in of a machine",
    happens: ({ ask, somebody: { email } }) => ask("token", { email, password }),
    recorded: [["user.login", "allow", null]]
  },
  {
    what: "a wrong password",
    happens: ({ ask, somebody: { email } }) => ask("login", { email, password: "not the password" }),
    recorded: [["user.login", "deny", "wrong password"]]
  },
  {
    what: "a sign-in of who is disabled",
    before: disabled,
    happens: ({ ask, somebody: { email } }) => ask("login", { email, password }),
    recorded: [["user.login", "deny", "the account is not active"]]
  },
  {
    what: "guessing that goes on, once a minute",
    before: ({ ask, somebody: { email } }) => times(5, () => ask("login", { email, password: "not the password" })),
    happens: ({ ask, somebody: { email } }) => times(4, () => ask("login", { email, password })),
    recorded: [["user.login", "deny", "too many attempts"]]
  },
  {
    what: "a password before the second factor",
    before: enrolled,
    happens: ({ ask, somebody: { email } }) => ask("login", { email, password }),
    recorded: [["user.second_factor_asked", "allow", null]]
  },
  {
    what: "a machine without the code, once a minute",
    before: enrolled,
    happens: ({ ask, somebody: { email } }) => times(2, () => ask("token", { email, password })),
    recorded: [["user.login", "deny", "no code of the second factor"]]
  },
  {
    what: "a wrong code",
    before: withTicket,
    happens: ({ ask }, { mfaToken }) => ask("mfa/verify", { mfaToken, code: "000000" }),
    recorded: [["user.second_factor", "deny", "wrong code"]]
  },
  {
    what: "a sign-in with a recovery code, which is used up",
    before: withTicket,
    happens: ({ ask }, { mfaToken, recoveryCode }) => ask("mfa/verify", { mfaToken, recoveryCode }),
    recorded: [
      ["user.recovery_code_used", "allow", null],
      ["user.login", "allow", null]
    ]
  },
  {
    what: "a ticket that is used",
    before: async (stage) => {
      const before = await withTicket(stage)
      await stage.ask("mfa/verify", { mfaToken: before.mfaToken, recoveryCode: before.recoveryCode })
      return before
    },
    happens: ({ ask }, { mfaToken }) => times(2, () => ask("mfa/verify", { mfaToken, code: "000000" })),
    recorded: [["user.second_factor", "deny", "the sign-in is used, expired or overtaken"]]
  },
  {
    what: "codes that are guessed on, once a minute",
    before: async (stage) => {
      const before = await enrolled(stage)
      const { email, id } = stage.somebody
      const failedAt = Array.from({ length: 10 }, () => new Date().toISOString())
      await stage.accounts.rewrite("SecondFactor", Condition.eq("userId", id), { failedAt })
      return { ...before, ...(await stage.ask("login", { email, password })) }
    },
    happens: ({ ask }, { mfaToken }) => times(2, () => ask("mfa/verify", { mfaToken, code: "000000" })),
    recorded: [["user.second_factor", "deny", "too many attempts"]]
  },
  {
    what: "a sign-in that is continued",
    happens: ({ ask, somebody: { refreshToken } }) => ask("token/refresh", { refreshToken }),
    recorded: [["user.token_refreshed", "allow", null]]
  },
  {
    what: "a refresh token that is used again, as often as it may be",
    before: ({ ask, somebody: { refreshToken } }) => ask("token/refresh", { refreshToken }),
    happens: ({ ask, somebody: { refreshToken } }) => times(3, () => ask("token/refresh", { refreshToken })),
    recorded: [
      ["user.session_ended", "allow", "refresh_reused"],
      ["user.token_refreshed", "deny", "the token was used before"]
    ]
  },
  {
    what: "a refresh of a session that has ended",
    before: ({ ask, somebody: { token } }) => ask("logout", {}, { token }),
    happens: ({ ask, somebody: { refreshToken } }) => times(2, () => ask("token/refresh", { refreshToken })),
    recorded: [["user.token_refreshed", "deny", "the session has ended"]]
  },
  {
    what: "a refresh token that has expired",
    before: ({ accounts, somebody: { id } }) =>
      accounts.rewrite("Session", Condition.eq("userId", id), { expiresAt: long }),
    happens: ({ ask, somebody: { refreshToken } }) => ask("token/refresh", { refreshToken }),
    recorded: [["user.token_refreshed", "deny", "the token has expired"]]
  },
  {
    what: "a refresh of who may not sign in",
    before: ({ accounts, somebody: { id } }) => accounts.rewrite("User", Condition.eq("id", id), { state: "disabled" }),
    happens: ({ ask, somebody: { refreshToken } }) => ask("token/refresh", { refreshToken }),
    recorded: [["user.token_refreshed", "deny", "the account is not active"]]
  },
  {
    what: "a sign-out, once",
    happens: ({ ask, somebody: { token } }) => times(2, () => ask("logout", {}, { token })),
    recorded: [["user.session_ended", "allow", "logout"]]
  },
  {
    what: "a sign-out everywhere",
    before: ({ ask, somebody: { email } }) => ask("login", { email, password }),
    happens: ({ ask, somebody: { token } }) => ask("logout", { all: true }, { token }),
    recorded: [
      ["user.session_ended", "allow", "logout"],
      ["user.session_ended", "allow", "logout"]
    ]
  },
  {
    what: "a session that its owner ends",
    before: ({ ask, somebody: { email } }) => ask("login", { email, password }),
    happens: ({ ask, somebody: { token } }) => ask("sessions", undefined, { token, method: "DELETE" }),
    recorded: [["session.end", "allow", null]]
  },
  {
    what: "another password",
    happens: ({ ask, somebody: { token } }) =>
      ask("change-password", { currentPassword: password, newPassword: otherPassword }, { token }),
    recorded: [["user.change_password", "allow", null]]
  },
  {
    what: "a wrong password of who is signed in, and then too many",
    happens: ({ ask, somebody: { token } }) =>
      times(7, () => ask("reauthenticate", { password: "not the password" }, { token })),
    recorded: [
      ...Array.from({ length: 5 }, (): Line => ["user.password_asked", "deny", "wrong password"]),
      ["user.password_asked", "deny", "too many attempts"]
    ]
  },
  {
    what: "a proof anew",
    happens: ({ ask, somebody: { token } }) => ask("reauthenticate", { password }, { token }),
    recorded: [["user.reauthenticated", "allow", null]]
  },
  {
    what: "a proof anew without the code",
    before: enrolled,
    happens: ({ ask, somebody: { token } }) => ask("reauthenticate", { password }, { token }),
    recorded: [["user.reauthenticated", "deny", "no code of the second factor"]]
  },
  {
    what: "a second factor, offered and turned on",
    happens: enrolled,
    recorded: [
      ["user.mfa_offered", "allow", null],
      ["user.mfa_enabled", "allow", null]
    ]
  },
  {
    what: "a second factor that is turned off",
    before: enrolled,
    happens: async ({ ask, somebody: { token } }, { secret }) =>
      ask("mfa/disable", { password, code: await codeOf(String(secret)) }, { token }),
    recorded: [["user.mfa_disabled", "allow", null]]
  },
  {
    what: "a wish for a new password",
    happens: ({ ask, somebody: { email } }) => ask("password-reset", { email }),
    recorded: [["user.password_reset_requested", "allow", null]]
  },
  {
    what: "the fourth wish in an hour",
    before: ({ ask, somebody: { email } }) => times(3, () => ask("password-reset", { email })),
    happens: ({ ask, somebody: { email } }) => times(2, () => ask("password-reset", { email })),
    recorded: [["user.password_reset_requested", "deny", "too many requests"]]
  },
  {
    what: "a wish of who is disabled",
    before: disabled,
    happens: ({ ask, somebody: { email } }) => ask("password-reset", { email }),
    recorded: [["user.password_reset_requested", "deny", "the account is not active"]]
  },
  {
    what: "a new password by mail",
    before: withLink,
    happens: ({ ask }, link) => ask("password-reset/confirm", link),
    recorded: [["user.password_reset", "allow", null]]
  },
  {
    what: "a link that was used",
    before: async (stage) => {
      const link = await withLink(stage)
      await stage.ask("password-reset/confirm", link)
      return link
    },
    happens: ({ ask }, link) => times(2, () => ask("password-reset/confirm", link)),
    recorded: [["user.password_reset", "deny", "the link is used, expired or overtaken"]]
  },
  {
    what: "an invitation that is accepted",
    before: invited,
    happens: ({ ask }, invitation) => ask("register", invitation),
    recorded: [["user.invitation_accepted", "allow", null]]
  },
  {
    what: "an invitation that another address accepts",
    before: invited,
    happens: ({ ask }, invitation) => ask("register", { ...invitation, email: "another@acme.example" }),
    recorded: [["user.invitation_accepted", "deny", "another address than the one that was invited"]]
  },
  {
    what: "a registration",
    happens: registered,
    recorded: [["registration.requested", "allow", null]]
  },
  {
    what: "the fourth registration in an hour",
    before: (stage) => times(3, () => registered(stage)),
    happens: (stage) => times(2, () => registered(stage)),
    recorded: [["registration.requested", "deny", "too many requests"]]
  },
  {
    what: "an address that is confirmed, and again",
    before: registered,
    happens: ({ ask }, { token }) => times(3, () => ask("verify-email", { token })),
    recorded: [
      ["user.registered", "allow", null],
      ["user.registered", "deny", "the link is used, expired or overtaken"]
    ]
  },
  {
    what: "another address that is confirmed",
    before: async ({ ask, accounts, somebody: { token, email } }) => {
      await ask("me", { email: `new-${email}` }, { token, method: "PATCH" })
      return { token: await accounts.linkTo(`new-${email}`) }
    },
    happens: ({ ask }, { token }) => ask("verify-email", { token }),
    recorded: [["user.email_changed", "allow", null]]
  },
  {
    what: "an API key",
    before: ({ accounts, somebody: { id } }) => accounts.give(id, "agent"),
    happens: ({ ask, somebody: { token } }) =>
      ask("api-keys", { name: "Probe", scopes: ["incident.read"], expiresAt: tomorrow() }, { token }),
    recorded: [["apikey.manage", "allow", null]]
  },
  {
    what: "an API key that is revoked",
    before: withKey,
    happens: ({ ask, somebody: { token } }, { id }) =>
      ask(`api-keys/${String(id)}`, undefined, { token, method: "DELETE" }),
    recorded: [["apikey.manage", "allow", null]]
  },
  {
    what: "a key that is refused, once a minute",
    before: async (stage) => {
      const made = await withKey(stage)
      await stage.ask(`api-keys/${String(made["id"])}`, undefined, { token: stage.somebody.token, method: "DELETE" })
      return made
    },
    happens: ({ ask }, { key }) => times(3, () => ask("me", undefined, { token: key, method: "GET" })),
    recorded: [["api_key.use", "deny", "the key was revoked"]]
  }
]

const isSecret =
  /^(?:password|currentPassword|newPassword|accessToken|refreshToken|mfaToken|mfaCode|token|inviteToken|key|secret|code|recoveryCode)$/

describe.each(stores)("what is recorded about signing in, on %s", (_, store) => {
  let accounts: Accounts
  const secrets = new Set<string>()
  let listener: Awaited<ReturnType<typeof listen>>
  beforeAll(async () => {
    accounts = await startAccounts(store)
    listener = await listen({ app: accounts.server })
  }, 60_000)
  afterAll(async () => {
    await listener.close()
    await accounts.server.close()
  })

  const keep = (body: unknown) => {
    JSON.stringify(body, (name, value: unknown) => {
      // a code of six digits may stand anywhere
      if (isSecret.test(name) && typeof value === "string" && value.length > 6) secrets.add(value)
      return value
    })
  }
  /** As a caller on the network: from an address, with a program that says its name. */
  const ask: Asking = async (path, body, { token, method = "POST" } = {}) => {
    keep(body)
    const response = await fetch(`http://${address}:${listener.port}${auth}/${path}/`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      headers: {
        "User-Agent": agent,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(token === undefined ? {} : bearer(token))
      }
    })
    const text = await response.text()
    const answered = text === "" ? {} : (JSON.parse(text) as Json)
    keep(answered)
    return answered
  }
  const entries = () =>
    accounts.server.run(
      Effect.flatMap(Kernel.Kernel, ({ store: stored }) =>
        Effect.map(
          stored.find("everywhere", Audit.AuditLog, {
            where: Condition.always,
            sort: [{ field: "createdAt", direction: "desc" }],
            limit: 1000
          }),
          ({ items }) => items
        )
      )
    )

  it.each(cases.map((each, index) => ({ ...each, index })))(
    "$what",
    async ({ before, happens, recorded, index }) => {
      const made = await accounts.create(`somebody-${index}`)
      const { accessToken, refreshToken } = await ask("login", { email: made.email, password })
      const stage = { accounts, ask, somebody: { ...made, token: accessToken, refreshToken } }
      const prepared = ((await before?.(stage)) ?? {}) as Json
      const known = new Set((await entries()).map(({ id }) => id))
      await happens(stage, prepared)
      const fresh = (await entries()).filter(({ id }) => !known.has(id))
      assert.sameDeepMembers(
        fresh.map(({ action, outcome, reason }) => [action, outcome, reason]),
        recorded.map((line) => [...line])
      )
      for (const entry of fresh) {
        assert.deepInclude(entry, { address, userAgent: agent })
        assert.isString(entry.requestId)
        if (entry.entityType === User.resource)
          assert.deepEqual([entry.actorKind, String(entry.actorId)], ["user", String(entry.entityId)])
      }
      const text = JSON.stringify(await entries())
      for (const secret of secrets) assert.notInclude(text, secret)
      assert.isAbove(secrets.size, 1)
    },
    30_000
  )

  it("is nothing of an address that nobody has", async () => {
    const known = (await entries()).length
    await times(7, () => ask("login", { email: "nobody@nowhere.example", password }))
    await ask("password-reset", { email: "nobody@nowhere.example" })
    await ask("token/refresh", { refreshToken: "itsm_rt_0000000000000000000000000000000000000000000" })
    assert.equal((await entries()).length, known)
  })
})
