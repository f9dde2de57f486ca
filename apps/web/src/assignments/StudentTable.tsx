/** What each student does now. A plain table: five hundred rows are the most there can be. */
import type { Student } from '@atelier/protocol/assignments'
import { useEffect, useMemo, useState } from 'react'
import { agoText } from '../design/amounts.ts'
import { executionText, hasFailed, inOrder, type Order } from './overview.ts'

const orders: readonly { readonly order: Order; readonly text: string }[] = [
  { order: 'came', text: 'as they came' },
  { order: 'name', text: 'by name' },
  { order: 'active', text: 'last active first' },
  { order: 'result', text: 'running and failed first' },
]

const clockMs = 15_000

export function StudentTable({ students }: { readonly students: readonly Student[] }) {
  const [order, setOrder] = useState<Order>('came')
  const [nowMs, setNowMs] = useState(Date.now)
  const sorted = useMemo(() => inOrder(students, order), [students, order])
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), clockMs)
    return () => clearInterval(timer)
  }, [])
  if (students.length === 0) return <p className="quiet-text">Nobody has come yet. Students appear here as they open the link.</p>
  return (
    <>
      <label className="field class-order">
        <span>Shown</span>
        <select className="input" value={order} onChange={(event) => setOrder(orderNamed(event.target.value))}>
          {orders.map((each) => (
            <option key={each.order} value={each.order}>
              {each.text}
            </option>
          ))}
        </select>
      </label>
      <section className="class-scroll" aria-label="Students">
        <table className="class-table">
          <thead>
            <tr>
              <th scope="col">Student</th>
              <th scope="col">File</th>
              <th scope="col">Program</th>
              <th scope="col">Last active</th>
              <th scope="col">
                <span className="visually-hidden">Open</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {sorted.map((student) => (
              <StudentRow key={student.userId} student={student} nowMs={nowMs} />
            ))}
          </tbody>
        </table>
      </section>
    </>
  )
}

function StudentRow({ student, nowMs }: { readonly student: Student; readonly nowMs: number }) {
  const { name, userId, projectId, isOnline, path, execution, lastActiveAt } = student
  const mood = execution === null ? 'none' : execution.state === 'running' ? 'running' : hasFailed(execution) ? 'failed' : 'well'
  return (
    <tr data-student={userId}>
      <th scope="row">
        <span className="class-dot" data-online={isOnline} role="img" aria-label={isOnline ? 'here now' : 'away'} />
        <bdi>{name}</bdi>
      </th>
      <td className="mono">{path === null ? '' : <bdi>{path}</bdi>}</td>
      <td data-mood={mood}>
        <bdi>{executionText(execution)}</bdi>
      </td>
      <td>{isOnline ? 'here now' : agoText(lastActiveAt, Math.max(nowMs, Date.parse(lastActiveAt)))}</td>
      <td>
        <a className="button quiet" href={`/projects/${projectId}?follow=${userId}`} target="_blank" rel="noreferrer">
          {isOnline ? 'Follow' : 'Open'}
          <span className="visually-hidden"> {name}</span>
        </a>
      </td>
    </tr>
  )
}

const orderNamed = (value: string): Order => orders.find(({ order }) => order === value)?.order ?? 'came'
