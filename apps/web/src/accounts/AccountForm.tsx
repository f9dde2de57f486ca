/** A form whose fields say themselves what is wrong with them, and which password managers understand: real fields in a real form. */
import { type ReactNode, useId, useRef, useState } from 'react'
import { useWorkbench } from '../workbench/context.ts'
import { type FieldProblems, fieldProblemsOf } from './account.ts'

export type FieldSpec = {
  readonly name: string
  readonly text: string
  readonly type?: 'text' | 'password'
  readonly autoComplete: 'username' | 'new-password' | 'current-password' | 'off'
  readonly hint?: string
}

export function AccountForm({
  fields,
  submit,
  done,
  busy,
  children,
}: {
  readonly fields: readonly FieldSpec[]
  /** Text of the button. */
  readonly submit: string
  /** Rejects with what went wrong. */
  readonly done: (values: Readonly<Record<string, string>>) => Promise<void>
  readonly busy?: boolean
  readonly children?: ReactNode
}) {
  const { dialogs } = useWorkbench()
  const form = useRef<HTMLFormElement>(null)
  const [problems, setProblems] = useState<FieldProblems>({})
  const [isBusy, setIsBusy] = useState(false)
  const names = fields.map(({ name }) => name)
  const send = async (): Promise<void> => {
    const data = new FormData(form.current ?? undefined)
    setIsBusy(true)
    setProblems({})
    try {
      await done(Object.fromEntries(names.map((name) => [name, String(data.get(name) ?? '')])))
    } catch (error) {
      const found = fieldProblemsOf(error, names)
      setProblems(found)
      const wrong = names.find((name) => name in found) ?? names.at(-1)
      form.current?.querySelector<HTMLInputElement>(`input[name="${wrong}"]`)?.focus()
    } finally {
      setIsBusy(false)
    }
  }
  return (
    <form
      ref={form}
      className="dialog-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (!isBusy) void send()
      }}
    >
      {fields.map((field, index) => (
        <Field key={field.name} field={field} problem={problems[field.name] ?? null} isFirst={index === 0} />
      ))}
      {children}
      {problems[''] === undefined ? null : (
        <p className="error-text" role="alert">
          {problems['']}
        </p>
      )}
      <div className="dialog-actions">
        <button type="button" className="button" onClick={() => dialogs.close()}>
          Cancel
        </button>
        <button type="submit" className="button primary" disabled={isBusy || busy === true}>
          {submit}
        </button>
      </div>
    </form>
  )
}

function Field({
  field,
  problem,
  isFirst,
}: {
  readonly field: FieldSpec
  readonly problem: string | null
  readonly isFirst: boolean
}) {
  const id = useId()
  const { name, text, type = 'text', autoComplete, hint } = field
  return (
    <div className="field">
      <label htmlFor={`${id}input`} className="account-label">
        {text}
      </label>
      <input
        id={`${id}input`}
        className="input"
        name={name}
        type={type}
        autoComplete={autoComplete}
        // biome-ignore lint/a11y/noAutofocus: the first field of a dialog that was asked for
        autoFocus={isFirst}
        required
        maxLength={256}
        autoCapitalize="none"
        spellCheck={false}
        aria-invalid={problem !== null}
        aria-describedby={id}
      />
      <small id={id} className={problem === null ? 'quiet-text' : 'error-text'} role={problem === null ? undefined : 'alert'}>
        {problem ?? hint ?? ''}
      </small>
    </div>
  )
}
