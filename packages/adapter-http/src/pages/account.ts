import { Effect } from "effect"
import type { Page } from "./page.ts"

/** Nothing but this server's own script and style; the token stands in the fragment, which no request carries. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const written = (path: string, mediaType: string, body: string): Page => ({
  path,
  run: () =>
    Effect.succeed({
      status: 200,
      body,
      headers: { "Content-Type": `${mediaType}; charset=utf-8`, "Content-Security-Policy": policy }
    })
})

const choosing = `<form id="choose" hidden>
<label>New password <input name="password" type="password" autocomplete="new-password" required></label>
<label>The same again <input name="again" type="password" autocomplete="new-password" required></label>
<button>Set the password</button>
</form>`

const asking = `<form id="ask" hidden>
<label>E-mail address <input name="email" type="email" autocomplete="username" required></label>
<button>Mail me a link</button>
</form>`

const confirming = `<form id="confirm" hidden>
<p>Confirm that this e-mail address is yours.</p>
<button>Confirm</button>
</form>`

const html = (path: string, title: string, forms: string, basePath: string) =>
  written(
    path,
    "text/html",
    `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/account/style.css">
<script type="module" src="/account/script.js"></script>
</head>
<body data-api="${basePath}/auth">
<main>
<h1>${title}</h1>
${forms}
<p id="outcome" role="status"></p>
<noscript>This page needs JavaScript.</noscript>
</main>
</body>
</html>
`
  )

const style = `:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
main { max-width: 24rem; margin: 10vh auto; padding: 0 1rem }
h1 { font-size: 1.4rem }
label, button { display: block; width: 100%; margin-top: 1rem }
input, button { box-sizing: border-box; width: 100%; padding: .6rem; font: inherit }
ul { padding-left: 1.2rem }
`

const script = `const token = new URLSearchParams(location.hash.slice(1)).get("token")
// it is neither kept in the history nor shown over somebody's shoulder
history.replaceState(null, "", location.pathname)

const { api } = document.body.dataset
const outcome = document.getElementById("outcome")
const form = document.getElementById(token === null ? "ask" : document.getElementById("confirm") ? "confirm" : "choose")

const say = (text, reasons = []) => {
  const list = document.createElement("ul")
  list.append(...reasons.map((reason) => Object.assign(document.createElement("li"), { textContent: reason })))
  outcome.replaceChildren(text, ...(reasons.length > 0 ? [list] : []))
}

const post = async (path, body, done) => {
  say("…")
  try {
    const answer = await fetch(api + path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body)
    })
    if (answer.ok) {
      form.hidden = true
      return say(done)
    }
    const { detail, errors = [] } = await answer.json()
    say(detail, errors.map(({ message }) => "It " + message + "."))
  } catch {
    say("The server does not answer. Try again.")
  }
}

const submit = {
  ask: ({ email }) =>
    post("/password-reset/", { email }, "If there is an account with this address, a mail with a link is on its way."),
  choose: ({ password, again }) =>
    password === again
      ? post("/password-reset/confirm/", { token, newPassword: password }, "The password is set. You can sign in with it.")
      : say("The two passwords differ."),
  confirm: () => post("/verify-email/", { token }, "The address is confirmed.")
}

if (form === null) say("The link is not complete. Open it as it stands in the mail.")
else {
  form.hidden = false
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    submit[form.id](Object.fromEntries(new FormData(form)))
  })
}
`

/** Where the links in mails lead: to choose a password, and to confirm an address. A front end may have its own in their place. */
export const accountPages = (basePath: string): ReadonlyArray<Page> => [
  html("/accept-invitation/", "Welcome", choosing, basePath),
  html("/reset-password/", "A new password", choosing + asking, basePath),
  html("/verify-email/", "Confirm your address", confirming, basePath),
  written("/account/style.css", "text/css", style),
  written("/account/script.js", "text/javascript", script)
]
