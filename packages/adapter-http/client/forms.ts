import type { Content } from "@itsm/core/kernel"

type Many<A> = AsyncIterable<A> | Iterable<A>

/** Records, one on each line. */
const linesOf = async (records: Many<unknown>): Promise<Blob> => {
  const lines: Array<string> = []
  for await (const record of records) lines.push(`${JSON.stringify(record)}\n`)
  return new Blob(lines, { type: "application/x-ndjson" })
}

const blobOf = async (content: AsyncIterable<Uint8Array> | Uint8Array, type: string): Promise<Blob> => {
  const pieces: Array<Uint8Array<ArrayBuffer>> = []
  if (content instanceof Uint8Array) pieces.push(new Uint8Array(content))
  else for await (const piece of content) pieces.push(new Uint8Array(piece))
  return new Blob(pieces, { type })
}

const partsOf = async (parts: Many<Content.GivenPart>): Promise<FormData> => {
  const form = new FormData()
  for await (const { name, fileName, mediaType = "application/octet-stream", content } of parts) {
    const blob = await blobOf(content as AsyncIterable<Uint8Array> | Uint8Array, mediaType)
    if (fileName === undefined) form.append(name, await blob.text())
    else form.append(name, blob, fileName)
  }
  return form
}

/** What an operation that takes no JSON is sent. */
export const formOf = (kind: "lines" | "parts", input: unknown): Promise<Blob | FormData> =>
  kind === "lines" ? linesOf(input as Many<unknown>) : partsOf(input as Many<Content.GivenPart>)
