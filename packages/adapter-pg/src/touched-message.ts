import type { Store } from "@itsm/core/kernel"
import { Option, Schema } from "effect"

/** What is told on it goes to all processes on this database, and to no other database. */
export const channel = "itsm_touched"

/** A message holds less than 8,000 bytes; an id takes 39. */
const mostIds = 150

const Message = Schema.fromJsonString(
  Schema.Struct({
    organizationId: Schema.String,
    about: Schema.Union([Schema.Literal("everything"), Schema.Array(Schema.String)])
  })
)

export const encode = ({ organizationId, about }: Store.Touched): string =>
  JSON.stringify({ organizationId, about: about.length > mostIds ? "everything" : about } satisfies Store.Touched)

const decodeMessage = Schema.decodeUnknownOption(Message)

/** Whoever may use the database may send anything: what is not understood may have touched anything. */
export const decode = (text: string): Store.Touched | "everywhere" =>
  Option.getOrElse(decodeMessage(text), () => "everywhere" as const)
