import { Actor } from "@itsm/core/kernel"
import { catalogue } from "@itsm/core"
import { Effect, Stream } from "effect"
import { readFileSync } from "node:fs"
import { stripTypeScriptTypes } from "node:module"
import { gzipSync } from "node:zlib"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { createClient, ItsmError } from "../client/index.ts"
import { descriptor } from "../client/descriptor.ts"
import { descriptorOf } from "../src/index.ts"
import { people, startSurveys, surveyCatalogue, Surveys } from "./surveys.ts"

type Promised<A> = A extends (...args: infer Args) => Effect.Effect<infer Out, infer _E, infer _R>
  ? (...args: Args) => Promise<Out extends Stream.Stream<infer Chunk, infer _F, infer _S> ? AsyncIterable<Chunk> : Out>
  : never
type Shape = { readonly [K in keyof typeof Surveys.Service]: Promised<(typeof Surveys.Service)[K]> }

let service: Awaited<ReturnType<typeof startSurveys>>
let as: (person: string) => Shape
beforeAll(async () => {
  service = await startSurveys()
  as = (person) =>
    createClient<{ readonly surveys: Shape }>(descriptorOf(surveyCatalogue), {
      baseUrl: "http://server",
      accessToken: person,
      fetch: async (input, init) => service.app.request(input, init)
    }).surveys
})
afterAll(() => service.runtime.dispose())

const texts = async (chunks: AsyncIterable<string | Uint8Array>) => {
  const decoder = new TextDecoder()
  let text = ""
  for await (const chunk of chunks) text += typeof chunk === "string" ? chunk : decoder.decode(chunk)
  return text
}

describe("the client", () => {
  it("asks and commands as in process", async () => {
    const admin = as("admin")
    expect(
      await admin.import([
        { title: "One", score: 1 },
        { title: "Two", score: 7 }
      ])
    ).toEqual({ made: 2 })
    const two = (await admin.list({ where: { search: "two" } })).items[0]!
    expect(await admin.above({ score: 3 })).toEqual({ count: 1 })
    expect(await admin.judge(two.id)).toEqual({ good: true })
    expect(await admin.match({ titles: ["Two", "Three"] })).toEqual(["Two"])
    expect(await admin.summary(two.id, { words: ["a", "b"], times: 2 })).toMatchObject({
      input: { words: ["a", "b"], times: 2 }
    })
    expect((await texts(await admin.export())).split("\n").toSorted()).toEqual(["", "One,1", "Two,7"])
    expect(new TextDecoder().decode(await admin.badge(two.id))).toBe("<svg><title>Two</title></svg>")
    expect(
      await admin.upload([
        { name: "Three", fileName: "three.txt", mediaType: "text/plain", content: new Uint8Array(3) }
      ])
    ).toEqual([{ name: "Three", fileName: "three.txt", mediaType: "text/plain", bytes: 3 }])
    expect(await admin.reset({ ids: [two.id] })).toEqual({ taken: 1 })
    expect(
      await as("secret-of-nothing")
        .judge(two.id)
        .catch((error: unknown) => error)
    ).toBeInstanceOf(ItsmError)
  })

  it("ends a stream that nobody reads to its end", async () => {
    let pieces = 0
    for await (const _ of await as("admin").endless()) if (++pieces === 3) break
    expect(pieces).toBe(3)
  })

  it("does what the services do in process", async () => {
    const run = <A, E>(effect: Effect.Effect<A, E, Surveys | Actor.CurrentActor>) =>
      service.runtime.runPromise(effect.pipe(Actor.provide(people.admin)))
    expect(await run(Surveys.use((surveys) => surveys.import([{ title: "Here", score: 10 }])))).toEqual({ made: 1 })
    expect(await run(Surveys.use((surveys) => surveys.above({ score: 9 })))).toEqual({ count: 1 })
    const chunks = await run(
      Effect.flatMap(
        Surveys.use((surveys) => surveys.export()),
        Stream.runCollect
      ) as never
    )
    expect(chunks).toContain("Here,10\n")
  })
})

/** What a browser loads with a module: the code of all files that it imports, and the packages, without types. */
const loadedBy = (entry: URL) => {
  const files = new Map<string, string>()
  const packages: Array<string> = []
  const visit = (url: URL) => {
    if (files.has(url.href)) return
    const code = stripTypeScriptTypes(readFileSync(url, "utf8"))
    files.set(url.href, code)
    for (const [, name = ""] of code.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)) {
      if (name.startsWith(".")) visit(new URL(name, url))
      else packages.push(name)
    }
  }
  visit(entry)
  return { code: [...files.values()].join("\n"), packages }
}

describe("the client in a browser", () => {
  it("knows each service of the catalogue by name and place, and carries nothing of the domain", async () => {
    expect(Object.keys(descriptor)).toEqual(expect.arrayContaining(Object.keys(descriptorOf(catalogue))))
    const { code, packages } = loadedBy(new URL("../client/index.ts", import.meta.url))
    expect(packages).toEqual([])
    expect(gzipSync(code).length).toBeLessThan(8 * 1024)
  })
})
