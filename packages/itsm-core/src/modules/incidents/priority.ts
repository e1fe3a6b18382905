/** Priorities, 1 the most urgent: shown as P1 critical, P2 high, P3 moderate, P4 low, P5 planning. */
type MatrixCells = ReadonlyArray<ReadonlyArray<number>>

/** Impact down, urgency across; both axes have `size` steps, 1 the highest. */
export interface Matrix {
  readonly size: number
  readonly cells: MatrixCells
}

const steps = (size: number) => Array.from({ length: size }, (_, index) => index + 1)

/** @source domain specification C.3.1: impact + urgency - 1 on three steps, the half of their sum on five. */
export const defaultMatrix = (size: 3 | 5): Matrix => ({
  size,
  cells: steps(size).map((impact) =>
    steps(size).map((urgency) => (size === 3 ? impact + urgency - 1 : Math.ceil((impact + urgency) / 2)))
  )
})

/** The priority of an impact and an urgency, both within the matrix. */
export const priorityOf = (matrix: Matrix, impact: number, urgency: number): number =>
  matrix.cells[impact - 1]![urgency - 1]!

/** Why a matrix cannot be used; `null` where it can: complete, and never less urgent for a higher impact or urgency. */
export const matrixProblem = ({ size, cells }: Matrix): string | null => {
  if (cells.length !== size || cells.some((row) => row.length !== size))
    return `must have ${size} rows of ${size} priorities`
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const cell = cells[row]![column]!
      if (row > 0 && cells[row - 1]![column]! > cell)
        return `must not fall with the impact (row ${row + 1}, column ${column + 1})`
      if (column > 0 && cells[row]![column - 1]! > cell)
        return `must not fall with the urgency (row ${row + 1}, column ${column + 1})`
    }
  }
  return null
}
