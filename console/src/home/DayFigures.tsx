import { Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Home as HomeState } from '../api/schema';
import { Figures } from '../components/Panel';
import { count } from '../components/time';
import classes from './Home.module.css';

/** The last 24 hours in numbers, and below them the chart. */
export function DayFigures({ day, children }: { day: HomeState['day'] | undefined; children: ReactNode }) {
  const told = day ? day.succeeded + day.failed : 0;
  const show = (value: ReactNode) => (day ? value : <Skeleton width={64} height={22} my={4} />);
  return (
    <Figures
      of={[
        { label: 'Records succeeded, 24 h', value: show(count(day?.succeeded ?? 0)) },
        {
          label: 'Success rate',
          value: show(told ? ((100 * (day?.succeeded ?? 0)) / told).toFixed(1) : '–'),
          unit: told ? '%' : undefined,
          note: day && !told ? 'Nothing was sent' : undefined,
        },
        { label: 'Failed', value: show(count(day?.failed ?? 0)), tone: day?.failed ? 'bad' : undefined },
        {
          label: 'Pending or waiting',
          value: show(count((day?.pending ?? 0) + (day?.waiting ?? 0))),
          note: day?.waiting ? `${count(day.waiting)} waiting` : undefined,
        },
        {
          label: 'Requests from sources',
          value: show(count(day?.requests ?? 0)),
          note: day?.requestErrors ? `${count(day.requestErrors)} refused` : undefined,
        },
      ]}
    >
      <div className={classes.chart}>{children}</div>
    </Figures>
  );
}
