import { Schema, SchemaGetter } from "effect"

const address =
  /^[^\s@<>()[\]\\,;:"]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/u

/** An e-mail address, kept in lower case: two spellings of one address are the same address. */
export const Email: Schema.Codec<string, string> = Schema.String.check(
  Schema.isMaxCodePoints(254),
  Schema.isPattern(address, { description: "an e-mail address" })
)
  .annotate({ examples: ["ann@acme.example"] })
  .pipe(
    Schema.decodeTo(Schema.String, {
      decode: SchemaGetter.transform((text: string) => text.toLowerCase()),
      encode: SchemaGetter.transform((text: string) => text)
    })
  )
