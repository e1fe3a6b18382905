import fc from "fast-check"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { bucketOf, canonicalAddress, parseNetwork } from "../src/limits/address.ts"
import { callerBehind } from "../src/limits/trusted-proxies.ts"
import { type RunningServer, startServer } from "./running-server.ts"

const part = fc.integer({ min: 0, max: 0xff_ff })
const byte = fc.integer({ min: 0, max: 255 })
const runs = { numRuns: 1000 }

/** The same 128 bits, written in one of many ways. */
const spelling = (parts: ReadonlyArray<number>) =>
  fc
    .record({
      pads: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 8, maxLength: 8 }),
      isUpper: fc.boolean(),
      hasDottedTail: fc.boolean(),
      zone: fc.constantFrom("", "%eth0", "%1"),
      gap: fc.tuple(fc.nat({ max: 7 }), fc.nat({ max: 8 }))
    })
    .map(({ pads, isUpper, hasDottedTail, zone, gap: [from, length] }) => {
      const [high, low] = [parts[6]!, parts[7]!]
      const tail = [high >> 8, high & 255, low >> 8, low & 255].join(".")
      const written = [
        ...parts.slice(0, hasDottedTail ? 6 : 8).map((value, at) => value.toString(16).padStart(pads[at]!, "0")),
        ...(hasDottedTail ? [tail] : [])
      ]
      const until = Math.min(from + length, hasDottedTail ? 6 : 8)
      const isGap = until > from && parts.slice(from, until).every((value) => value === 0)
      const text = isGap ? `${written.slice(0, from).join(":")}::${written.slice(until).join(":")}` : written.join(":")
      return (isUpper ? text.toUpperCase() : text) + zone
    })

const sparse = fc.array(fc.oneof(fc.constant(0), part), { minLength: 8, maxLength: 8 })

describe("an address (T-RATE-2)", () => {
  it("is one, however it is spelled", () => {
    const written = sparse.chain((parts) =>
      fc.record({ plain: fc.constant(parts.map((value) => value.toString(16)).join(":")), spelled: spelling(parts) })
    )
    fc.assert(
      fc.property(written, ({ plain, spelled }) => {
        assert.isNotNull(canonicalAddress(spelled), spelled)
        assert.equal(canonicalAddress(spelled), canonicalAddress(plain), spelled)
        assert.equal(bucketOf(spelled), bucketOf(plain), spelled)
      }),
      runs
    )
  })

  it("of IPv6 is not one of IPv4 because its end is written in that way", () => {
    assert.equal(canonicalAddress("::127.0.0.1"), "::7f00:1")
    assert.equal(canonicalAddress("::0.0.0.0"), "::")
    assert.equal(canonicalAddress("64:ff9b::1.2.3.4"), "64:ff9b::102:304")
    assert.equal(canonicalAddress("::ffff:1.2.3.4"), "1.2.3.4")
  })

  it("of IPv4 is the same when it comes mapped into IPv6", () => {
    const mapped = fc.tuple(byte, byte, byte, byte).chain(([a, b, c, d]) =>
      fc.record({
        plain: fc.constant(`${a}.${b}.${c}.${d}`),
        spelled: spelling([0, 0, 0, 0, 0, 0xff_ff, (a << 8) | b, (c << 8) | d])
      })
    )
    fc.assert(
      fc.property(mapped, ({ plain, spelled }) => {
        assert.equal(canonicalAddress(spelled), plain)
        assert.equal(bucketOf(spelled), plain)
      }),
      runs
    )
  })

  it("shares its bucket with its whole /64, and with no other", () => {
    const network = fc.tuple(fc.integer({ min: 0x20_00, max: 0x3f_ff }), part, part, part)
    const host = fc.tuple(part, part, part, part)
    const text = (parts: ReadonlyArray<number>) => parts.map((value) => value.toString(16)).join(":")
    fc.assert(
      fc.property(network, host, host, (net, one, another) => {
        assert.equal(bucketOf(text([...net, ...one])), bucketOf(text([...net, ...another])))
        const [a, b, c, d] = net
        assert.notEqual(bucketOf(text([a, b, c, d ^ 1, ...one])), bucketOf(text([...net, ...one])))
      }),
      runs
    )
  })

  it("is no other text", () => {
    for (const text of [
      "",
      "127.1",
      "0x7f.1",
      "0127.0.0.1",
      "1.2.3",
      "1.2.3.256",
      "::g",
      "[::1]",
      "localhost",
      "1.2.3.4 "
    ])
      assert.isNull(canonicalAddress(text), text)
  })
})

const exchange = (peer: string, headers: Readonly<Record<string, string>>) =>
  ({ incoming: { socket: { remoteAddress: peer } }, request: { headers: new Headers(headers) } }) as never

describe("the caller (T-PROXY-1)", () => {
  const spoofed = {
    "x-forwarded-for": "203.0.113.9",
    forwarded: "for=203.0.113.9",
    "x-real-ip": "203.0.113.9",
    "x-remote-user": "admin@acme.example",
    "x-forwarded-host": "evil.example"
  }
  const networks = ["10.0.0.0/8", "2001:db8::/32", "192.0.2.7"].map((text) => parseNetwork(text)!)
  const behind = callerBehind(networks)

  it("is the peer, whatever headers say, where the peer is no trusted proxy", () => {
    for (const callerOf of [callerBehind([]), behind]) {
      assert.equal(callerOf(exchange("198.51.100.1", spoofed)), "198.51.100.1")
      assert.equal(callerOf(exchange("::ffff:198.51.100.1", spoofed)), "198.51.100.1")
    }
    assert.equal(callerBehind([])(exchange("10.0.0.1", spoofed)), "10.0.0.1")
    assert.equal(behind(exchange("192.0.2.8", spoofed)), "192.0.2.8")
  })

  it("is the last address before the proxies that are trusted", () => {
    const through = (list: string, peer = "10.0.0.1") => behind(exchange(peer, { "x-forwarded-for": list }))
    assert.equal(through("203.0.113.9"), "203.0.113.9")
    assert.equal(through("203.0.113.9", "::ffff:10.0.0.1"), "203.0.113.9")
    assert.equal(through("1.1.1.1, 203.0.113.9"), "203.0.113.9")
    assert.equal(through("1.1.1.1, 203.0.113.9,10.1.1.1, 192.0.2.7"), "203.0.113.9")
    assert.equal(through("nonsense, 203.0.113.9"), "203.0.113.9")
    assert.equal(through("10.3.3.3, 10.2.2.2"), "10.3.3.3")
    assert.equal(through("203.0.113.9:4711, [2001:db8::1]:443"), "203.0.113.9")
    assert.equal(through("2001:DB9::0:1", "2001:db8::99"), "2001:db9::1")
    assert.equal(through("::ffff:203.0.113.9"), "203.0.113.9")
  })

  it("is the peer where a trusted proxy says what cannot be read", () => {
    for (const list of [
      "",
      "unknown",
      "_hidden",
      "203.0.113.9, nonsense",
      "203.0.113.9,",
      "127.1",
      "1.2.3.4.5",
      "x".repeat(9000)
    ])
      assert.equal(behind(exchange("10.0.0.1", { "x-forwarded-for": list })), "10.0.0.1", list.slice(0, 30))
  })

  it("is read from Forwarded where the other header is missing", () => {
    const through = (header: string) => behind(exchange("10.0.0.1", { forwarded: header }))
    assert.equal(through('for=1.1.1.1, For="[2001:db9::7]:4711";proto=https'), "2001:db9::7")
    assert.equal(through("proto=https;for=203.0.113.9;by=10.0.0.2"), "203.0.113.9")
    assert.equal(through("proto=https"), "10.0.0.1")
    assert.equal(behind(exchange("10.0.0.1", { ...spoofed, "x-forwarded-for": "198.51.100.4" })), "198.51.100.4")
  })

  it("is never more than the headers say", () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        const caller = behind(exchange("10.0.0.1", { "x-forwarded-for": header.replaceAll(/[^\x20-\x7e]/g, "?") }))
        assert.equal(caller, canonicalAddress(caller ?? ""))
      }),
      runs
    )
  })
})

describe("a server behind a proxy", { timeout: 60_000 }, () => {
  const password = "a demo for the tests"
  let server: RunningServer
  const login = (forwardedFor: string, email = "nobody@acme.example", headers = {}) =>
    fetch(`${server.url}/api/v1/auth/login/`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-forwarded-for": forwardedFor, ...headers },
      body: JSON.stringify({ email, password })
    })
  beforeAll(async () => {
    server = await startServer({
      ITSM_STORE: "memory",
      ITSM_DEMO_PASSWORD: password,
      ITSM_TRUSTED_PROXIES: "127.0.0.1, ::1",
      ITSM_RATE_LIMIT_LOGIN: "3"
    })
  }, 60_000)
  afterAll(() => server.stop("SIGKILL"))

  it("counts sign-ins by the address before the proxy, a /64 as one", async () => {
    const statuses = async (addresses: ReadonlyArray<string>) => {
      const given: Array<number> = []
      for (const address of addresses) given.push((await login(address, `${given.length}@acme.example`)).status)
      return given
    }
    assert.deepEqual(
      await statuses(["203.0.113.1", "::ffff:203.0.113.1", "203.0.113.1", "203.0.113.1"]),
      [401, 401, 401, 429]
    )
    assert.deepEqual(await statuses(["203.0.113.2"]), [401])
    const rotating = ["2001:db8:1:1::1", "2001:DB8:1:1::2", "2001:db8:1:1:ffff::", "2001:db8:1:1:0:0:0:9"]
    assert.deepEqual(await statuses(rotating), [401, 401, 401, 429])
    assert.deepEqual(await statuses(["2001:db8:1:2::1"]), [401])
  })

  it("writes that address into sessions and the audit log, and lets no header say who calls", async () => {
    const signedIn = await login("198.51.100.77", "admin@acme.example")
    const { accessToken } = (await signedIn.json()) as { readonly accessToken: string }
    const read = async (path: string, headers = {}) =>
      (
        await fetch(`${server.url}/api/v1${path}`, { headers: { authorization: `Bearer ${accessToken}`, ...headers } })
      ).text()
    assert.include(await read("/auth/sessions/"), "198.51.100.77")
    assert.include(await read("/audit-logs/?action=user.login&sort=-createdAt"), '"198.51.100.77"')
    const claimed = await fetch(`${server.url}/api/v1/auth/me/`, {
      headers: { "x-remote-user": "admin@acme.example", "x-forwarded-user": "admin@acme.example" }
    })
    assert.equal(claimed.status, 401)
  })

  it("builds nothing from the host that a request names", async () => {
    const headers = { "x-forwarded-host": "evil.example", "x-forwarded-proto": "https", host: "evil.example" }
    const signedIn = await login("198.51.100.78", "agent@acme.example", headers)
    const { accessToken } = (await signedIn.json()) as { readonly accessToken: string }
    const authorization = `Bearer ${accessToken}`
    for (const [method, path] of [
      ["POST", "/api/v1/incidents/"],
      ["GET", "/api/v1/incidents/?limit=1"],
      ["GET", "/api/schema/"],
      ["GET", "/api/docs/"],
      ["GET", "/nowhere/"]
    ] as const) {
      const answer = await fetch(server.url + path, {
        method,
        headers: { ...headers, authorization, "content-type": "application/json" },
        ...(method === "POST" ? { body: JSON.stringify({ title: "x" }) } : {})
      })
      const shown = (await answer.text()) + JSON.stringify([...answer.headers])
      assert.notInclude(shown, "evil.example", path)
    }
  })
})
