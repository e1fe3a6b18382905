import { Schema } from "effect"

/** No PostgreSQL binary exists or runs on this platform; the message asks for `DATABASE_URL`. */
export class EmbeddedUnavailable extends Schema.TaggedError<EmbeddedUnavailable>()("EmbeddedUnavailable", {
  platform: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `There is no embedded PostgreSQL for ${this.platform}: ${this.reason}. Set DATABASE_URL to a PostgreSQL server.`
  }
}

/** Another running process owns the data folder. */
export class EmbeddedInUse extends Schema.TaggedError<EmbeddedInUse>()("EmbeddedInUse", {
  folder: Schema.String,
  host: Schema.String,
  pid: Schema.Int
}) {
  override get message() {
    return (
      `The data folder ${this.folder} is in use by process ${this.pid} on ${this.host}. ` +
      "Stop that process first, choose another data folder, or let both servers share one database through DATABASE_URL."
    )
  }
}

/** The unprivileged user that PostgreSQL runs as cannot reach the data folder. */
export class EmbeddedUnreachable extends Schema.TaggedError<EmbeddedUnreachable>()("EmbeddedUnreachable", {
  folder: Schema.String,
  closed: Schema.String,
  uid: Schema.Int
}) {
  override get message() {
    return (
      `PostgreSQL does not run as root, and user ${this.uid}, as whom it runs instead, cannot reach ${this.folder}: ` +
      `${this.closed} is closed to other users. Choose a data folder outside it (such as /var/lib/itsm), ` +
      `open it with "chmod o+x ${this.closed}", or start the server as an ordinary user.`
    )
  }
}

/** PostgreSQL could not be set up, started or stopped; `detail` ends with what it logged. */
export class EmbeddedFailed extends Schema.TaggedError<EmbeddedFailed>()("EmbeddedFailed", {
  step: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `Embedded PostgreSQL could not ${this.step}: ${this.detail}`
  }
}

export type EmbeddedError = EmbeddedUnavailable | EmbeddedInUse | EmbeddedUnreachable | EmbeddedFailed
