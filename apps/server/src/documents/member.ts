/** One connection to a room, whatever it speaks: a channel of a tab, or a y-websocket client. */
import type { DocumentMessage } from '@atelier/protocol/documents'
import type { FrameForm, SharedFrame } from './frames.ts'

export type ClosingReason = Extract<DocumentMessage, { type: 'closed' }>['reason']

/** How a room reaches the other side. */
export interface MemberLink {
  readonly userId: string
  readonly form: FrameForm
  /** A prebuilt frame. */
  write(frame: Buffer): void
  /** What the other side has not taken yet. */
  readonly unsentBytes: number
  tell(message: DocumentMessage): void
  /** A message that was refused: counted, and the connection closed when there are too many. */
  refuse(error: unknown): void
  /** A change where only reading is allowed, for this reason. */
  refuseChange(reason: string): void
  /** Nothing more is read from the other side while it is on. */
  hold(isHeld: boolean): void
  /** After `closed` was told: the link is of no use any more. */
  end(reason: ClosingReason, detail: string): void
}

/** `joining`: its join is being answered by the text thread; what is stored meanwhile waits in `held`. */
export type JoinState = 'not-joined' | 'joining' | 'joined'

/** Joins, and questions for everybody's presence: answers are long, and a page asks once. */
const questionsAtOnce = 10
const questionsPerSecond = 1

export class Member {
  readonly link: MemberLink
  /** Names the connection for the engine. */
  readonly name: string
  mayWrite: boolean
  joinState: JoinState = 'not-joined'
  held: SharedFrame[] = []
  heldBytes = 0
  /** Change messages that came, and of those, how many the other side knows to be stored. */
  received = 0
  stored = 0
  toldStored = 0
  toldStoredMs = Number.NEGATIVE_INFINITY
  askedMs = Number.NEGATIVE_INFINITY
  /** What an answer to a join put on the way, until the other side has taken most of it: that alone makes nobody slow. */
  answerBytes = 0
  /** Joins and questions that may still be asked, and since when. */
  questions = questionsAtOnce
  questionsMs = 0
  told: 'write' | 'read' = 'write'
  isHeld = false
  isGone = false

  constructor(link: MemberLink, name: string, mayWrite: boolean) {
    this.link = link
    this.name = name
    this.mayWrite = mayWrite
  }

  /** Whether one more may be asked. */
  takeQuestion(nowMs: number): boolean {
    this.questions = Math.min(questionsAtOnce, this.questions + ((nowMs - this.questionsMs) / 1000) * questionsPerSecond)
    this.questionsMs = nowMs
    if (this.questions < 1) return false
    this.questions -= 1
    return true
  }
}
