import { Redacted } from "effect"
import { chmodSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { inspect } from "node:util"
import { afterAll, assert, describe, it } from "vitest"
import { read } from "../server/config/config.ts"
import { SigningKeys } from "../src/auth/index.ts"
import { removeFolder, temporaryFolder } from "./running-server.ts"

const folder = temporaryFolder()
afterAll(() => removeFolder(folder))

const configOf = (settings: Readonly<Record<string, string>>) => {
  const given = read(settings)
  if (!("config" in given)) throw new Error(JSON.stringify(given.mistakes))
  return given.config
}
const mistakesOf = (settings: Readonly<Record<string, string>>) => {
  const given = read(settings)
  return "mistakes" in given ? given.mistakes : []
}

const secrets: Readonly<Record<string, string>> = {
  DATABASE_URL: "postgres://itsm:canary-of-the-url@localhost/itsm",
  SMTP_URL: "smtps://itsm:canary-of-the-mail@mail.example:465",
  ITSM_SIGNING_KEYS: SigningKeys.generate(),
  ITSM_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString("base64"),
  ITSM_DEMO_PASSWORD: "canary of the demo",
  ITSM_ADMIN_PASSWORD: "canary of the admin"
}

/** Every value that says of itself that it is secret, wherever it stands in the settings. */
const redactedIn = (value: unknown): ReadonlyArray<Redacted.Redacted<unknown>> => {
  if (Redacted.isRedacted(value)) return [value]
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(redactedIn) : []
}

describe("a secret", () => {
  it("is one of those that the tests below know", () => {
    const config = configOf(secrets)
    assert.lengthOf(redactedIn(config), Object.keys(secrets).length)
    assert.deepEqual(redactedIn(configOf({})), [])
  })

  it("shows itself nowhere", () => {
    const config = configOf(secrets)
    for (const text of [JSON.stringify(config), inspect(config, { depth: 9 }), inspect(redactedIn(config))])
      assert.notMatch(text, /canary|"d"|BwcHBw/)
  })

  it.each(Object.entries(secrets))("can stand in a file: %s", (name, value) => {
    const file = join(folder, name)
    writeFileSync(file, `${value}\n`)
    const [fromFile] = redactedIn(configOf({ [`${name}_FILE`]: file }))
    const [given] = redactedIn(configOf({ [name]: value }))
    assert.equal(inspect(Redacted.value(fromFile!)), inspect(Redacted.value(given!)))
  })

  it.each(Object.entries(secrets))("is given once, in a file that can be read: %s", (name, value) => {
    const file = join(folder, `${name}-twice`)
    writeFileSync(file, value)
    const both = mistakesOf({ [name]: value, [`${name}_FILE`]: file })
    assert.deepEqual(
      both.map(({ name: where, remedy }) => [where, remedy]),
      [[name, "Set one of the two."]]
    )
    const missing = join(folder, "there is none")
    for (const unreadable of [missing, folder]) {
      const [mistake, ...more] = mistakesOf({ [`${name}_FILE`]: unreadable })
      assert.deepEqual(more, [])
      assert.equal(mistake?.name, `${name}_FILE`)
      assert.match(mistake?.found ?? "", /^a path that cannot be read \(E(NOENT|ISDIR)\)$/)
      assert.match(mistake?.remedy ?? "", /^Name a file/)
    }
    chmodSync(file, 0o600)
    writeFileSync(file, "")
    assert.lengthOf(mistakesOf({ [`${name}_FILE`]: file }), 1, "an empty file")
  })
})

describe("limits", () => {
  it("have defaults, and are numbers a minute", () => {
    assert.deepEqual(configOf({}).rateLimits, {
      user: 600,
      api_key: 1200,
      organization: 6000,
      anonymous: 60,
      login: 20
    })
    const raised = configOf({
      ITSM_RATE_LIMIT_USER: "0",
      ITSM_RATE_LIMIT_API_KEY: "7",
      ITSM_RATE_LIMIT_LOGIN: "1000000"
    })
    assert.deepEqual(raised.rateLimits, { user: 0, api_key: 7, organization: 6000, anonymous: 60, login: 1_000_000 })
    for (const wrong of ["-1", "1.5", "many", "1000001", " "])
      assert.deepEqual(
        mistakesOf({ ITSM_RATE_LIMIT_ORGANIZATION: wrong }).map(({ name }) => name),
        ["ITSM_RATE_LIMIT_ORGANIZATION"]
      )
  })
})

describe("modules", () => {
  it("are none where nothing is said, and a list", () => {
    assert.deepEqual(configOf({}).modules, [])
    assert.deepEqual(configOf({ ITSM_MODULES: "./loans.js, @acme/itsm-lending" }).modules, [
      "./loans.js",
      "@acme/itsm-lending"
    ])
    assert.lengthOf(mistakesOf({ ITSM_MODULES: "./loans.js,," }), 1)
  })
})

describe("proxies and origins", () => {
  it("are none where nothing is said", () => {
    const { trustedProxies, corsOrigins } = configOf({})
    assert.deepEqual([trustedProxies, corsOrigins], [[], []])
  })

  it("are lists", () => {
    const { trustedProxies, corsOrigins } = configOf({
      ITSM_TRUSTED_PROXIES: "10.0.0.0/8, 192.0.2.1,2001:db8::/32 ,::ffff:198.51.100.0/120",
      ITSM_CORS_ORIGINS: "https://desk.example, http://localhost:5173"
    })
    assert.deepEqual(
      trustedProxies.map(([address, bits]) => `${address.toString()}/${bits}`),
      ["10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32", "198.51.100.0/24"]
    )
    assert.deepEqual(corsOrigins, ["https://desk.example", "http://localhost:5173"])
  })

  it("are refused where they are none", () => {
    for (const wrong of [
      "*",
      "10.0.0.0/33",
      "10.0.0.0/",
      "proxy.example",
      "10.0.0.1,,",
      "::/129",
      "10.0.0.0/8/8",
      "127.1"
    ])
      assert.lengthOf(mistakesOf({ ITSM_TRUSTED_PROXIES: wrong }), 1, wrong)
    for (const wrong of [
      "*",
      "null",
      "desk.example",
      "https://desk.example/",
      "https://*.example",
      "ftp://desk.example",
      "https://a.example,"
    ]) {
      const [mistake] = mistakesOf({ ITSM_CORS_ORIGINS: wrong })
      assert.include(mistake?.remedy, "A wildcard is not taken.", wrong)
    }
  })
})
