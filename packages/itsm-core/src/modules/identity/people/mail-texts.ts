import type { Message } from "../records/mail.ts"
import type { MailedPurpose } from "../records/mailed-token.ts"

interface Recipient {
  readonly displayName: string
}

const letter = (to: string, subject: string, { displayName }: Recipient, ...lines: ReadonlyArray<string>): Message => ({
  to,
  subject,
  // a name is one line, whatever is in it
  text: [`Hello ${displayName.replaceAll(/\s+/gu, " ")},`, ...lines].join("\n\n")
})

/** A token stands behind the `#`: it reaches neither the log of a server nor the page that a link leads on to. */
const link = (publicUrl: string, page: string, token: string) => `${publicUrl}/${page}#token=${token}`

/** What each kind of link is mailed with: where it leads, what it is for, and what to do about one that was not asked for. */
const linkMails = {
  password_reset: {
    subject: "Your new password",
    request: "someone asked for a new password for your account. Choose one within 30 minutes at:",
    page: "reset-password",
    otherwise: "If it was not you, there is nothing to do: your password stays as it is."
  },
  invitation: {
    subject: "You are invited",
    request: "an account has been made for you. Choose a password within 72 hours at:",
    page: "accept-invitation",
    otherwise: "If you did not expect this, there is nothing to do: without a password nobody can use the account."
  },
  email_change: {
    subject: "Your new e-mail address",
    request: "this address is to be the one of your account. Confirm it within 24 hours at:",
    page: "verify-email",
    otherwise: "If it was not you, there is nothing to do: without a confirmation nothing changes."
  },
  registration: {
    subject: "Confirm your e-mail address",
    request: "someone, probably you, has registered with this address. Confirm it within 24 hours at:",
    page: "verify-email",
    otherwise: "If it was not you, do not follow the link: without it there will be no account."
  }
} as const satisfies Readonly<Record<MailedPurpose | "registration", object>>

export const linkMail = (
  kind: keyof typeof linkMails,
  to: string,
  recipient: Recipient,
  publicUrl: string,
  token: string
): Message => {
  const { subject, request, page, otherwise } = linkMails[kind]
  return letter(to, subject, recipient, request, link(publicUrl, page, token), otherwise)
}

export const alreadyRegisteredMail = (to: string, recipient: Recipient, publicUrl: string): Message =>
  letter(
    to,
    "You have an account already",
    recipient,
    "someone, probably you, wanted to use this address for an account. You have one already, and nothing has changed.",
    `If you have forgotten your password, ask for a new one at ${publicUrl}/reset-password.`
  )

const notices = {
  refresh_token_reused: {
    subject: "A session of yours was ended",
    text: "a refresh token of your account was used a second time, as happens when someone has copied it. The session has ended on all sides. If you were not signing in on two devices at once, change your password."
  },
  email_changed: {
    subject: "The e-mail address of your account has changed",
    text: "your account has another e-mail address from now on. If it was not you, tell your administrator."
  }
} as const

export const noticeMail = (to: string, recipient: Recipient, notice: keyof typeof notices): Message =>
  letter(to, notices[notice].subject, recipient, notices[notice].text)
