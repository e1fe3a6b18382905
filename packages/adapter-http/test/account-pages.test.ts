import { Script } from "node:vm"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { type MemoryServer, startMemoryServer } from "./memory-server.ts"

let server: MemoryServer
beforeAll(async () => {
  server = await startMemoryServer()
})
afterAll(() => server.close())

const read = async (path: string) => {
  const answer = await server.request(path)
  return { status: answer.status, type: answer.headers.get("content-type"), text: await answer.text() }
}

describe("the pages that links in mails lead to", () => {
  it.each([
    ["/accept-invitation", ["choose"]],
    ["/reset-password", ["choose", "ask"]],
    ["/verify-email", ["confirm"]]
  ])("%s has its forms, and loads nothing but this server's script and style", async (path, forms) => {
    for (const spelled of [path, `${path}/`]) {
      const { status, type, text } = await read(spelled)
      assert.deepEqual([status, type], [200, "text/html; charset=utf-8"])
      assert.deepEqual(
        [...text.matchAll(/<form id="(\w+)" hidden>/g)].map(([, id]) => id),
        forms
      )
      const loaded = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url!)
      assert.deepEqual(
        loaded.filter((url) => !url.startsWith("data:")),
        ["/account/style.css", "/account/script.js"]
      )
      for (const url of loaded.filter((each) => each.startsWith("/"))) assert.equal((await read(url)).status, 200)
      assert.notMatch(text, /<script(?![^>]* src=)|<style| on\w+=/)
    }
  })

  it("are where the mails say, with the endpoints that their script asks", async () => {
    await server.post("/api/v1/auth/password-reset/", { email: "agent@acme.example" })
    await server.drain()
    const link = /https:\S+/.exec(server.mails.at(-1)?.text ?? "")?.[0] ?? ""
    assert.equal((await read(new URL(link).pathname)).status, 200)
    const { text } = await read("/account/script.js")
    const endpoints = [...text.matchAll(/post\("([^"]+)"/g)].map(([, path]) => path!)
    assert.sameMembers(endpoints, ["/password-reset/", "/password-reset/confirm/", "/verify-email/"])
    for (const path of endpoints) assert.include([202, 422], (await server.post(`/api/v1/auth${path}`, {})).status)
    assert.doesNotThrow(() => new Script(text))
  })
})
