/** What a list of users is narrowed to, as the address and the API write it: a SCIM filter of conditions. */

export const OPERATORS = { is: 'is', is_not: 'is not', begins: 'begins with', empty: 'is empty', any: 'is not empty' };
export type Operator = keyof typeof OPERATORS;

export interface Condition {
  /** A word of [`SUBJECTS`]. */
  about: string;
  operator: Operator;
  /** What it is compared with; an id for a source, group or application. */
  value?: string;
}

/** What can be asked for, and how. */
export const SUBJECTS: Record<string, { label: string; operators: Operator[] }> = {
  state: { label: 'Status', operators: ['is', 'is_not'] },
  source: { label: 'Source', operators: ['is', 'is_not', 'empty', 'any'] },
  department: { label: 'Department', operators: ['is', 'is_not', 'begins', 'empty', 'any'] },
  group: { label: 'Group', operators: ['is', 'is_not', 'empty', 'any'] },
  application: { label: 'Application', operators: ['is', 'is_not', 'empty', 'any'] },
  title: { label: 'Title', operators: ['is', 'is_not', 'begins', 'empty', 'any'] },
  userType: { label: 'User type', operators: ['is', 'is_not', 'begins', 'empty', 'any'] },
  employeeNumber: { label: 'Employee number', operators: ['is', 'is_not', 'begins', 'empty', 'any'] },
  division: { label: 'Division', operators: ['is', 'is_not', 'begins', 'empty', 'any'] },
  organization: { label: 'Organization', operators: ['is', 'is_not', 'begins', 'empty', 'any'] },
  costCenter: { label: 'Cost center', operators: ['is', 'is_not', 'begins', 'empty', 'any'] },
  email: { label: 'E-mail', operators: ['is', 'is_not', 'begins', 'empty', 'any'] },
  givenName: { label: 'Given name', operators: ['is', 'is_not', 'begins', 'empty', 'any'] },
  familyName: { label: 'Family name', operators: ['is', 'is_not', 'begins', 'empty', 'any'] },
};

/** Whether the operator compares with a value. */
export const compares = (operator: Operator) => operator !== 'empty' && operator !== 'any';

const SHORT = { is: 'eq', is_not: 'ne', begins: 'sw' } as const;

function write({ about, operator, value = '' }: Condition): string {
  if (operator === 'any') return `${about} pr`;
  if (operator === 'empty') return `not (${about} pr)`;
  return `${about} ${SHORT[operator]} ${JSON.stringify(value)}`;
}

/** The filter of the API; undefined without conditions. */
export const written = (conditions: Condition[]) => conditions.map(write).join(' and ') || undefined;

const ONE = /^\s*(?:not\s*\(\s*(\w+)\s+pr\s*\)|(\w+)\s+pr|(\w+)\s+(eq|ne|sw)\s+("(?:[^"\\]|\\.)*"))\s*(?:and\b|$)/i;

/** The conditions of a filter; null for one that says more than conditions can. */
export function read(filter: string | undefined): Condition[] | null {
  const conditions: Condition[] = [];
  let rest = filter ?? '';
  while (rest.trim()) {
    const found = ONE.exec(rest);
    if (!found) return null;
    const [all, empty, any, about, short, quoted] = found;
    if (empty) conditions.push({ about: empty, operator: 'empty' });
    else if (any) conditions.push({ about: any, operator: 'any' });
    else if (about && short && quoted) {
      const operator = (Object.keys(SHORT) as (keyof typeof SHORT)[]).find((one) => SHORT[one] === short.toLowerCase());
      try {
        conditions.push({ about, operator: operator ?? 'is', value: JSON.parse(quoted) });
      } catch {
        return null;
      }
    }
    rest = rest.slice(all.length);
  }
  return conditions.every(({ about }) => about in SUBJECTS) ? conditions : null;
}
