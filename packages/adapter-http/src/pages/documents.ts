import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { Effect } from "effect"
import type { JsonSchema } from "../openapi/json-schema.ts"
import * as Reply from "../reply.ts"
import type { Page } from "./page.ts"

/** Scripts and data from this server alone; styles may be inline, for both viewers write theirs into the page. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const mediaTypes: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  png: "image/png"
}

const headersOf = (file: string) => ({
  "Content-Type": mediaTypes[file.slice(file.lastIndexOf(".") + 1)] ?? "application/octet-stream",
  "Content-Security-Policy": policy
})

const require = createRequire(import.meta.url)
const swaggerFolder = () => dirname(require.resolve("swagger-ui-dist/package.json"))
const redocFolder = () => dirname(require.resolve("redoc/package.json"))

const fromPackage = (path: string, folder: () => string, file: string): Page => {
  let bytes: Promise<Uint8Array<ArrayBuffer>> | undefined
  const read = () => (bytes ??= readFile(join(folder(), file)).then((buffer) => new Uint8Array(buffer)))
  return {
    path,
    run: () => Effect.map(Effect.promise(read), (body) => ({ status: 200, body, headers: headersOf(file) }))
  }
}

const written = (path: string, file: string, text: string): Page => ({
  path,
  run: () => Effect.succeed({ status: 200, body: text, headers: headersOf(file) })
})

/** A page whose files stand below it, whether or not it is asked for with a slash at its end. */
const html = (path: string, head: string, body: string): Page => ({
  path,
  run: (asked) => {
    const at = asked.endsWith("/") ? "./" : `./${asked.slice(asked.lastIndexOf("/") + 1)}/`
    const text = `<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>API reference</title>\n${head}\n</head>\n<body>\n${body}\n</body>\n</html>\n`
    return Effect.succeed({ status: 200, body: text.replaceAll("{at}", at), headers: headersOf("index.html") })
  }
})

const swaggerStart = `window.ui = window.SwaggerUIBundle({
  url: new URL("../schema/", import.meta.url).href,
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "none",
  validatorUrl: null,
  presets: [window.SwaggerUIBundle.presets.apis]
})
`

const redocStart = `import { init } from "./redoc.standalone.js"
init(new URL("../schema/", import.meta.url).href, { disableTelemetry: true }, document.getElementById("redoc"))
`

/** The OpenAPI document and two ways to read it, from files that are installed with this package: nothing is fetched from elsewhere. */
export const documentPages = (document: () => JsonSchema, root = "/api"): ReadonlyArray<Page> => {
  let text: string | undefined
  const swagger = `${root}/docs`
  const redoc = `${root}/redoc`
  return [
    { path: `${root}/schema/`, run: () => Effect.sync(() => Reply.text(200, (text ??= JSON.stringify(document())))) },
    html(
      `${swagger}/`,
      `<link rel="stylesheet" href="{at}swagger-ui.css">\n<link rel="icon" type="image/png" href="{at}favicon-32x32.png">`,
      `<div id="swagger-ui"></div>\n<script src="{at}swagger-ui-bundle.js"></script>\n<script type="module" src="{at}start.js"></script>`
    ),
    ...["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"].map((file) =>
      fromPackage(`${swagger}/${file}`, swaggerFolder, file)
    ),
    written(`${swagger}/start.js`, "start.js", swaggerStart),
    html(
      `${redoc}/`,
      `<link rel="icon" href="data:,">`,
      `<div id="redoc"></div>\n<script type="module" src="{at}start.js"></script>`
    ),
    fromPackage(`${redoc}/redoc.standalone.js`, redocFolder, "bundles/redoc.standalone.js"),
    written(`${redoc}/start.js`, "start.js", redocStart)
  ]
}
