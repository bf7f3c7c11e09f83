import type { Question } from '../question.ts'
import { breakdownQuestions } from './breakdowns.ts'
import { deskQuestions } from './desk.ts'
import { entityQuestions } from './entities.ts'
import { ownDeskQuestions } from './own-desk.ts'
import { ownFigureQuestions } from './own.ts'
import { seriesQuestions } from './series.ts'
import { summaryQuestions } from './summary.ts'

/** Every report that the bench asks for, in the order in which it is listed. */
export const questions: readonly Question[] = [
  ...summaryQuestions,
  ...entityQuestions,
  ...seriesQuestions,
  ...breakdownQuestions,
  ...deskQuestions,
  ...ownFigureQuestions,
  ...ownDeskQuestions,
]
