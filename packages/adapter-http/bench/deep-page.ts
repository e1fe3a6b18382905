import { Connection, requestText } from "./connection.ts"
import { listPath } from "./lines.ts"
import { deepPage, pageSize } from "./world.ts"

interface Page {
  readonly items: ReadonlyArray<{ readonly id: string; readonly updatedAt: string }>
  readonly nextCursor: string | null
}

/** Where page 1,000 of the list begins, for each of the two servers: found by walking there through our own API. */
export const deepCursors = async (port: number, token: string) => {
  const connection = new Connection(port)
  let cursor = ""
  let last: Page["items"][number] | undefined
  let left = (deepPage - 1) * pageSize
  while (left > 0) {
    const limit = Math.min(left, 100)
    const path = `${listPath.replace(/limit=\d+/, `limit=${limit}`)}${cursor === "" ? "" : `&cursor=${cursor}`}`
    const { status, body } = await connection.ask(requestText(port, token, "GET", path), true)
    if (status !== 200) throw new Error(`${path}: ${status} ${body}`)
    const page = JSON.parse(body) as Page
    if (page.nextCursor === null) throw new Error(`The list ends before page ${deepPage}.`)
    cursor = page.nextCursor
    last = page.items.at(-1)
    left -= limit
  }
  connection.close()
  return { ours: cursor, thin: Buffer.from(JSON.stringify([last?.updatedAt, last?.id])).toString("base64url") }
}
