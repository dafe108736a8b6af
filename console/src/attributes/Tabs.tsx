import { RouteTabs } from '../components/RouteTabs';

/** The two halves of what attributes there are. */
export const Tabs = () => (
  <RouteTabs
    label="Attributes"
    tabs={[
      { label: 'Schemas', to: '/attributes' },
      { label: 'Resource types', to: '/attributes/resource-types' },
    ]}
  />
);
export const ABOUT =
  'What can be known about users, groups and your own kinds of resource. Every source and every mapping uses it.';
