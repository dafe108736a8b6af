import { Select, TextInput } from '@mantine/core';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ActButton, tell } from '../components/act';
import { confirm } from '../components/Confirm';
import { type Column, DataTable } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { FormModal } from '../components/FormModal';
import { IconApps, IconPlus, IconTrash } from '../components/icons';
import { NameCell } from '../components/NameCell';
import { Page, PageHeader } from '../components/PageHeader';
import { count } from '../components/time';
import { useMay } from '../session/session';
import { addResourceType, type ResourceType, removeResourceType, resourceTypeList, schemaList } from './schemas';
import { ABOUT, Tabs } from './Tabs';

const COLUMNS: Column<ResourceType>[] = [
  {
    id: 'name',
    header: 'Resource type',
    cell: (type) => (
      <NameCell
        picture={<IconApps className="dim" />}
        name={type.name}
        sub={<span className="mono">{type.endpoint}</span>}
      />
    ),
  },
  {
    id: 'origin',
    header: 'Origin',
    width: 120,
    from: 520,
    cell: (type) => (type.builtIn ? <span className="dim">Standard</span> : 'Yours'),
  },
  {
    id: 'schemas',
    header: 'Schemas',
    width: 340,
    from: 760,
    cell: (type) => [type.schema, ...type.schemaExtensions.map(({ schema }) => schema)].map(short).join(', '),
  },
  { id: 'resources', header: 'Resources', width: 110, align: 'right', cell: (type) => count(type.resources) },
];

/** The last parts of a URN, which tell schemas apart. */
const short = (urn: string) => urn.split(':').slice(-3).join(':');

/** Which kinds of resource sources may send. */
export function ResourceTypes() {
  const [adding, setAdding] = useState(false);
  const query = useInfiniteQuery(resourceTypeList);
  const queries = useQueryClient();
  const may = useMay();
  const remove = (type: ResourceType) =>
    confirm({
      level: 3,
      title: `Remove the resource type ${type.name}?`,
      body: `Sources can’t use ${type.endpoint} any more. While there are resources of it (${count(type.resources)} now), this is refused.`,
      verb: 'Remove',
      name: type.name,
      run: async () => {
        await removeResourceType(type.name);
        await queries.invalidateQueries({ queryKey: ['resource-types'] });
        tell(`${type.name} is removed`);
      },
    });
  return (
    <Page
      fill
      header={
        <PageHeader
          title="Attributes"
          description={ABOUT}
          actions={
            <ActButton need="administrator" leftSection={<IconPlus size={15} />} onClick={() => setAdding(true)}>
              Add resource type
            </ActButton>
          }
          tabs={<Tabs />}
        />
      }
    >
      <DataTable
        label="Resource types"
        query={query}
        columns={COLUMNS}
        rowId={(type) => type.name}
        empty={<Empty title="No resource types" />}
        menu={(type) => [
          {
            label: 'Remove',
            icon: IconTrash,
            danger: true,
            refused:
              (!may('administrator') && 'Only administrators may do this') ||
              (type.builtIn && 'It belongs to the standard'),
            run: () => remove(type),
          },
        ]}
      />
      {adding && <NewResourceType close={() => setAdding(false)} />}
    </Page>
  );
}

function NewResourceType({ close }: { close: () => void }) {
  const [name, setName] = useState('');
  const [schema, setSchema] = useState('');
  const queries = useQueryClient();
  const schemas = useInfiniteQuery(schemaList).data?.pages.flatMap(({ items }) => items) ?? [];
  const endpoint = `/${name.trim()}${name.trim().endsWith('s') ? '' : 's'}`;
  return (
    <FormModal
      title="Add resource type"
      verb="Add resource type"
      close={close}
      disabled={!/^[A-Za-z][\w-]*$/.test(name.trim()) || !schema}
      submit={async () => {
        await addResourceType({ name: name.trim(), description: '', endpoint, schema, schemaExtensions: [] });
        await queries.invalidateQueries({ queryKey: ['resource-types'] });
        tell(`Sources can send ${endpoint} from now on`);
        close();
      }}
    >
      <TextInput
        label="Name"
        description={name.trim() ? `Sources reach it at ${endpoint}.` : 'One word, such as Device.'}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        required
        data-autofocus
      />
      <Select
        label="Schema"
        description="Its attributes. Add a schema of your own first."
        data={schemas.filter((one) => !one.builtIn).map((one) => ({ value: one.id, label: one.name }))}
        value={schema || null}
        onChange={(urn) => setSchema(urn ?? '')}
        required
      />
    </FormModal>
  );
}
