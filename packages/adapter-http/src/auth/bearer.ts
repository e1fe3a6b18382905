import { Effect, Option } from "effect"
import type { Bearer } from "@itsm/core/kernel"
import type { Call } from "../call.ts"
import { TokenInvalid, Unauthenticated } from "./authentication-errors.ts"

// of a token that is well-formed; any other header is read once more, to say what is wrong with it
const plain = /^Bearer [\w.~+/-]+$/
const bearer = /^bearer +(\S+) *$/i
const inQuery = /(?:^|&)(?:access_token|token)=/i

/** The token in the one `Authorization` header of a call. */
export const tokenOf = ({
  request,
  search
}: Pick<Call, "request" | "search">): Effect.Effect<string, Unauthenticated | TokenInvalid> => {
  if (search !== "" && inQuery.test(search))
    return Effect.fail(
      new Unauthenticated({ message: "A token does not belong in a URL: send it in the Authorization header." })
    )
  const header = request.headers.get("authorization")
  if (header === null) return Effect.fail(new Unauthenticated({ message: "The request needs an access token." }))
  if (plain.test(header)) return Effect.succeed(header.slice(7))
  // two headers of one name arrive joined by a comma
  if (header.includes(","))
    return Effect.fail(new Unauthenticated({ message: "The request has more than one Authorization header." }))
  if (!/^bearer(?: |$)/i.test(header))
    return Effect.fail(new Unauthenticated({ message: "The only scheme of the Authorization header is Bearer." }))
  const token = bearer.exec(header)?.[1]
  return token === undefined ? Effect.fail(new TokenInvalid({})) : Effect.succeed(token)
}

/** Whom the secret in the one `Authorization` header of a call speaks for: the bearer of a link. */
export const bearerOf = Effect.fnUntraced(function* (link: Bearer.Bearer, call: Call) {
  const actor = yield* link.resolve(yield* tokenOf(call))
  return Option.isSome(actor) ? actor.value : yield* new TokenInvalid({})
})
