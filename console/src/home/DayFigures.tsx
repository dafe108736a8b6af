import { Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Home as HomeState } from '../api/schema';
import { Figures } from '../components/Panel';
import { count, plural } from '../components/time';
import classes from './Home.module.css';

/** The last 24 hours in numbers, and below them the chart. */
export function DayFigures({ day, children }: { day: HomeState['day'] | undefined; children: ReactNode }) {
  const told = day ? day.succeeded + day.failed : 0;
  const show = (value: ReactNode) => (day ? value : <Skeleton width={64} height={22} my={4} />);
  return (
    <Figures
      of={[
        { label: 'Succeeded', value: show(count(day?.succeeded ?? 0)), note: 'Last 24 hours', to: { to: '/runs' } },
        {
          label: 'Success rate',
          value: show(told ? ((100 * (day?.succeeded ?? 0)) / told).toFixed(1) : '–'),
          unit: told ? '%' : undefined,
          note: told ? `of ${plural(told, 'record')}` : 'Nothing was sent',
          to: { to: '/runs' },
        },
        {
          label: 'Failed',
          value: show(count(day?.failed ?? 0)),
          tone: day?.failed ? 'bad' : undefined,
          note: 'Needed a person',
          to: { to: '/errors' },
        },
        {
          label: 'Pending or waiting',
          value: show(count((day?.pending ?? 0) + (day?.waiting ?? 0))),
          note: day?.waiting ? `${count(day.waiting)} waiting for something` : 'Will be tried again',
          to: { to: '/errors', search: { status: day?.pending ? 'pending' : 'waiting' } },
        },
        {
          label: 'Requests from sources',
          value: show(count(day?.requests ?? 0)),
          note: day?.requestErrors ? `${count(day.requestErrors)} refused` : 'None refused',
          to: { to: '/sources' },
        },
      ]}
    >
      <div className={classes.chart}>{children}</div>
    </Figures>
  );
}
