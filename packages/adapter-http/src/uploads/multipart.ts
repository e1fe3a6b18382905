import { Stream } from "effect"
import type { Content } from "@itsm/core/kernel"
import { Errors } from "@itsm/core/kernel"
import { MalformedBody } from "../refusal.ts"
import type { UploadError } from "./counted.ts"

const maxHeaders = 8 * 1024
const maxParts = 100
const lineEnd = Buffer.from("\r\n")
const headersEnd = Buffer.from("\r\n\r\n")

const malformed = (detail: string) => new MalformedBody({ detail })

/** What delimits the parts, as the media type says it. */
const boundaryOf = (contentType: string): Buffer => {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;]{1,70}))/i.exec(contentType) ?? []
  const boundary = quoted ?? plain
  if (boundary === undefined) throw malformed("The media type names no boundary.")
  return Buffer.from(`\r\n--${boundary}`)
}

/** Percent-encoding of the three characters that browsers encode in names. */
const unescaped = (text: string) => text.replace(/%(22|0D|0A)/gi, (code) => decodeURIComponent(code))

const headersOf = (text: string) => {
  const lines = text.split("\r\n").map((line) => /^([^:]+):\s*(.*)$/.exec(line))
  const headers = new Map(
    lines.flatMap((found) => (found === null ? [] : [[found[1]!.toLowerCase(), found[2]!] as const]))
  )
  const disposition = headers.get("content-disposition") ?? ""
  const value = (name: string) => {
    const found = new RegExp(`;\\s*${name}="([^"]*)"`, "i").exec(disposition)?.[1]
    return found === undefined ? undefined : unescaped(found)
  }
  const name = value("name")
  if (name === undefined || !/^form-data\s*;/i.test(disposition)) throw malformed("A part of the form has no name.")
  const fileName = value("filename")
  return {
    name,
    ...(fileName === undefined ? {} : { fileName }),
    mediaType: headers.get("content-type") ?? (fileName === undefined ? "text/plain" : "application/octet-stream")
  }
}

/** What has come of the body and is not read yet: never much more than one chunk of it. */
class Reading {
  private readonly source: AsyncIterator<Uint8Array>
  private held: Buffer = lineEnd

  constructor(source: AsyncIterator<Uint8Array>) {
    this.source = source
  }

  private async more() {
    const { done, value } = await this.source.next()
    if (done === true) throw malformed("The form ended before its last part was complete.")
    this.held = Buffer.concat([this.held, value])
  }

  private take(length: number): Buffer {
    const taken = this.held.subarray(0, length)
    this.held = this.held.subarray(length)
    return taken
  }

  async exactly(length: number): Promise<Buffer> {
    while (this.held.length < length) await this.more()
    return this.take(length)
  }

  /** What stands before the mark, which is passed; no more than `limit` bytes. */
  async before(mark: Buffer, limit: number): Promise<Buffer> {
    let at: number
    while ((at = this.held.indexOf(mark)) < 0) {
      if (this.held.length > limit) throw malformed("A part of the form has too long headers.")
      await this.more()
    }
    const found = this.take(at)
    this.take(mark.length)
    return found
  }

  /** What stands before the mark, piece by piece as it comes; then the mark is passed. */
  async *until(mark: Buffer): AsyncGenerator<Uint8Array> {
    for (;;) {
      const at = this.held.indexOf(mark)
      if (at >= 0) {
        if (at > 0) yield this.take(at)
        this.take(mark.length)
        return
      }
      const sure = this.held.length - mark.length + 1
      if (sure > 0) yield this.take(sure)
      await this.more()
    }
  }

  close() {
    return this.source.return?.()
  }
}

const asError = (error: unknown): UploadError =>
  error instanceof MalformedBody || error instanceof Errors.PayloadTooLarge
    ? error
    : malformed("The form cannot be read.")

async function* parts(source: AsyncIterator<Uint8Array>, contentType: string): AsyncGenerator<Content.GivenPart> {
  const reading = new Reading(source)
  try {
    const mark = boundaryOf(contentType)
    for await (const _ of reading.until(mark)) continue
    for (let count = 0; ; count++) {
      const next = (await reading.exactly(2)).toString("latin1")
      if (next === "--") return
      if (next !== "\r\n") throw malformed("A part of the form does not begin on a line of its own.")
      if (count === maxParts) throw malformed(`The form has more than ${maxParts} parts.`)
      const content = reading.until(mark)
      yield {
        ...headersOf((await reading.before(headersEnd, maxHeaders)).toString("utf8")),
        content: Stream.fromAsyncIterable(content, asError) as Content.Part["content"]
      }
      // what nobody has read of it
      while ((await content.next()).done !== true) continue
    }
  } finally {
    await reading.close()
  }
}

/** The parts of a form (RFC 7578) in their order, each with its content as it comes. */
export const partsOf = (
  body: Stream.Stream<Uint8Array, UploadError>,
  contentType: string
): Stream.Stream<Content.GivenPart, UploadError> =>
  Stream.suspend(() => {
    const source = Stream.toAsyncIterable(body)[Symbol.asyncIterator]()
    return Stream.fromAsyncIterable(parts(source, contentType), asError)
  })
