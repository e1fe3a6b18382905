/** The body of a refused request, as RFC 9457 has it. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail?: string
  readonly code: string
  readonly requestId?: string
  readonly errors?: ReadonlyArray<{
    readonly pointer?: string
    readonly parameter?: string
    readonly code: string
    readonly message: string
  }>
  readonly [field: string]: unknown
}

/** The server refused, or could not be reached (then `status` is 0 and `code` is `unreachable`). */
export class ItsmError extends Error {
  override readonly name = "ItsmError"
  readonly status: number
  readonly code: string
  readonly problem: Problem

  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.detail ?? problem.title, options)
    this.status = problem.status
    this.code = problem.code
    this.problem = problem
  }
}

/** An error that no server told. */
export const localError = (code: string, detail: string, cause?: unknown): ItsmError =>
  new ItsmError(
    { type: "about:blank", title: code, status: 0, code, detail },
    cause === undefined ? undefined : { cause }
  )
