// How many of those who watch are students. A teacher's preview costs what a student costs, so it counts wherever seats are
// counted; who asks how many watch a lesson means students.
import type { StreamReport } from "../../shared/protocol/cluster-messages.ts";

/** @param copies of one stream. A slave that does not say who is a teacher has students only. */
export function countStudents(copies: Iterable<Pick<StreamReport, "viewers" | "teachers">>): number {
  let students = 0;
  for (const { viewers, teachers = 0 } of copies) students += Math.max(0, viewers - teachers);
  return students;
}
