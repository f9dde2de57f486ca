import { AlertDialog } from '@base-ui/react/alert-dialog'
import type { Answer, Question } from './dialogs.ts'

export default function QuestionDialog({
  question,
  answer,
}: {
  readonly question: Question
  readonly answer: (answer: Answer) => void
}) {
  return (
    <AlertDialog.Root
      open
      onOpenChange={(open) => {
        if (!open) answer('cancel')
      }}
    >
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="dialog-scrim" />
        <AlertDialog.Popup className="dialog">
          <AlertDialog.Title render={<h2>{question.title}</h2>} />
          <AlertDialog.Description className="dialog-detail">{question.detail}</AlertDialog.Description>
          <div className="dialog-actions">
            <button type="button" className="button quiet" onClick={() => answer('cancel')}>
              Cancel
            </button>
            {question.alternative === undefined ? null : (
              <button type="button" className="button" onClick={() => answer('alternative')}>
                {question.alternative}
              </button>
            )}
            {question.other === undefined ? null : (
              <button type="button" className="button" onClick={() => answer('other')}>
                {question.other}
              </button>
            )}
            <button
              type="button"
              className={question.danger === true ? 'button danger' : 'button primary'}
              onClick={() => answer('confirm')}
            >
              {question.confirm}
            </button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
