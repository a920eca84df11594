/** One row to pick. */
export interface Row {
  key: string;
  title: string;
  detail: string;
  /** Whether it leads deeper; otherwise it is an answer. */
  deeper: boolean;
  /** What it stands under. */
  group: string;
  choose: () => void;
}
