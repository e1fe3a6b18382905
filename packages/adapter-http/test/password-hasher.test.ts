import { Effect, Fiber } from "effect"
import { assert, describe, it } from "vitest"
import { argon2id } from "../src/auth/index.ts"

const hasher = argon2id()
const password = "a sentence that nobody guesses"

describe("the hasher of passwords", () => {
  it("makes another argon2id hash each time, and knows the password of each", async () => {
    const [one, other] = await Effect.runPromise(Effect.all([hasher.hash(password), hasher.hash(password)]))
    assert.notEqual(one, other)
    assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    for (const hash of [one, other]) {
      assert.isTrue(await Effect.runPromise(hasher.verify(hash, password)))
      assert.isFalse(await Effect.runPromise(hasher.verify(hash, `${password}.`)))
    }
  })

  it("takes a hash that it cannot read for that of no password", async () => {
    for (const hash of ["", "rubbish", "$argon2id$v=19$m=19456,t=2,p=1$", "$2b$10$abcdefghijklmnopqrstuv"])
      assert.isFalse(await Effect.runPromise(hasher.verify(hash, "")))
  })

  it("does nothing for those who have gone, and everything for those who wait", async () => {
    const hash = await Effect.runPromise(hasher.hash(password))
    const waiting = Array.from({ length: 40 }, () => Effect.runFork(hasher.verify(hash, password)))
    const gone = waiting.filter((_, index) => index % 2 === 1)
    await Effect.runPromise(Fiber.interruptAll(gone))
    const answers = await Promise.all(
      waiting.filter((_, index) => index % 2 === 0).map((fiber) => Effect.runPromise(Fiber.join(fiber)))
    )
    assert.deepEqual(
      answers,
      Array.from({ length: 20 }, () => true)
    )
  })

  it("calls guessable what leaked lists, keyboards, repetitions and the context give away, and nothing else", async () => {
    const isGuessable = (text: string) => Effect.runPromise(hasher.isGuessable!(text, ["globex", "zelda"]))
    for (const text of [
      "qwertyuiopasdfgh",
      "P@ssw0rd12345678",
      "letmeinletmein12",
      "abcdefghijklmnopqrst",
      "globexzelda",
      "1234".repeat(32)
    ])
      assert.isTrue(await isGuessable(text), text)
    for (const text of ["correct horse battery staple", "Sup3rS3cretP@ssw0rd", password])
      assert.isFalse(await isGuessable(text), text)
  })
})
