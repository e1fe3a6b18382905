import { Context, Effect } from "effect"

/** A message to one person, in plain text. */
export interface Message {
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** How messages leave, as the server provides it. */
export interface MailShape {
  /** Takes the message; one that cannot be delivered is a defect. */
  readonly send: (message: Message) => Effect.Effect<void>
  /** Where the people of this installation reach it: links begin with it, whatever a request says of its host. */
  readonly publicUrl: string
}

/** Without it no mail leaves: a host application that signs people in itself invites them itself. */
export const Mail = Context.Reference<MailShape>("@itsm/core/Mail", {
  defaultValue: () => ({
    send: ({ subject }) => Effect.logDebug("no mail leaves: there is no transport", { subject }),
    publicUrl: "http://localhost"
  })
})
