"""What two runs can have in common, as a cell prints it."""

import textwrap


def _cell(code: str) -> str:
    return textwrap.dedent(code).strip()


# A kernel that started cold changes a few things itself when it loads these.
LOAD = _cell("""
    import numpy as np
    import pandas as pd
    import scipy.stats
    import statsmodels.api as sm
    import statsmodels.formula.api as smf
    import matplotlib as mpl
    import matplotlib.pyplot as plt
    import pyarrow.parquet, pyarrow.dataset
    import sklearn.linear_model
    import lifelines
""")

# Everything that a run can set and that could reach another one.
STATE = _cell("""
    import builtins, decimal, gc, json, locale, logging, multiprocessing, os, random
    import re, signal, socket, sys, threading, time, warnings
    import threadpoolctl

    def files(folder):
        return sorted(
            os.path.join(where, name) for where, below, names in os.walk(folder)
            for name in (*below, *names)
        )

    def names_of_processes():
        found = []
        for number in filter(str.isdigit, os.listdir('/proc')):
            with open(f'/proc/{number}/comm') as name:
                found.append(name.read().strip())
        return sorted(found)

    state = {
        'variables': sorted(name for name in globals() if not name.startswith('_')),
        'builtins': sorted(vars(builtins)),
        'environment': dict(os.environ),
        'first environment': open('/proc/self/environ').read().split(chr(0)),
        'folder': os.getcwd(),
        'path': sys.path,
        'arguments': sys.argv[:2],
        'flags': repr(sys.flags),
        'hooks': [repr(type(each)) for each in (*sys.meta_path, *sys.path_hooks)],
        'recursion': sys.getrecursionlimit(),
        'switch': sys.getswitchinterval(),
        'locale': [locale.setlocale(kind) for kind in range(6)],
        'zone': [time.tzname, time.timezone, time.localtime(0)[:6]],
        'warnings': [repr(each) for each in warnings.filters],
        'logging': [logging.root.level, repr(logging.root.handlers),
                    logging.root.manager.disable],
        'decimal': repr(decimal.getcontext()),
        'collector': [gc.get_threshold(), gc.isenabled()],
        'signals': [repr(type(signal.getsignal(each))) + str(each) for each in
                    (2, 3, 10, 12, 13, 14, 15, 17)],
        'sockets': socket.getdefaulttimeout(),
        'processes start': multiprocessing.get_start_method(allow_none=True),
        'umask': [os.umask(0o022), os.umask(0o022)],
        'pandas': [repr(pd.get_option(each)) for each in
                   ('display.max_rows', 'display.precision', 'mode.copy_on_write')],
        'pandas functions': repr(pd.read_csv)[:20] + repr(pd.DataFrame.mean)[:26],
        'numpy': [np.geterr(), np.get_printoptions()],
        'figures': [plt.get_fignums(), dict(mpl.rcParams), mpl.get_backend()],
        'pools': [[pool['internal_api'], pool['num_threads']]
                  for pool in threadpoolctl.threadpool_info()],
        'threads': sorted(each.name for each in threading.enumerate()),
        'processes': names_of_processes(),
        'own modules': [file for file in get_ipython().kernel._kernel_modules
                        if re.search('/(numpy|pandas|matplotlib|sklearn)/', file)],
        'temporary': files('/tmp') + files('/dev/shm'),
        'work': files('/project/work'),
    }
    # The folder of the kernel's own sockets has a random name.
    print(re.sub('/([kr])-[a-z0-9_]{8}', '/N', json.dumps(state, default=str)))
""")

# What the libraries hold that a value can be told of: options, counters, caches.
HELD = _cell("""
    import hashlib, json, sys

    PLAIN = (str, bytes, int, float, complex, bool, type(None))

    def plain(value, depth=3):
        if isinstance(value, PLAIN):
            return True
        if isinstance(value, (list, tuple, set, frozenset, dict)) and len(value) > 99:
            return False
        if depth and isinstance(value, (list, tuple, set, frozenset)):
            return all(plain(each, depth - 1) for each in value)
        return depth and isinstance(value, dict) and all(
            plain(key, 0) and plain(each, depth - 1) for key, each in value.items())

    def told(value):
        unordered = isinstance(value, (set, frozenset, dict))
        text = repr(sorted(value.items() if isinstance(value, dict) else value,
                           key=repr) if unordered else value)
        return text[:80] + hashlib.sha256(text.encode()).hexdigest()[:8]

    print(json.dumps({
        module: {name: told(value) for name, value in vars(sys.modules[module]).items()
                 if not name.startswith('__') and plain(value)}
        for module in sorted({*sys.modules} - {'__main__', '__mp_main__'})
    }))
""")

# Set everything above, and leave behind what can be left.
CHANGE_ALL = _cell("""
    import atexit, builtins, decimal, gc, locale, logging, multiprocessing, os, random
    import signal, socket, subprocess, sys, threading, time, warnings
    import threadpoolctl

    left_behind = builtins.left_behind = 'left behind'
    pd.left_behind = left_behind
    pd.read_csv = np.mean = lambda *_, **__: 'patched'
    pd.DataFrame.mean = lambda *_, **__: 'patched'
    random.seed(1), np.random.seed(1)
    for name in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'LEFT_BEHIND'):
        os.environ[name] = '7'
    threadpoolctl.threadpool_limits(3)
    os.environ['TZ'] = 'America/New_York'
    time.tzset()
    locale.setlocale(locale.LC_ALL, 'C')
    warnings.simplefilter('error')
    logging.basicConfig(level=1, force=True), logging.disable(50)
    decimal.getcontext().prec = 3
    np.seterr(all='raise'), np.set_printoptions(precision=1)
    pd.set_option('display.max_rows', 2), pd.set_option('display.precision', 1)
    plt.rcParams['figure.dpi'] = 17
    plt.figure()
    gc.disable(), sys.setrecursionlimit(900), sys.setswitchinterval(1)
    socket.setdefaulttimeout(3)
    multiprocessing.set_start_method('spawn', force=True)
    for number in (2, 10, 12, 15, 17):
        signal.signal(number, signal.SIG_IGN)
    os.umask(0)
    sys.path.insert(0, '/tmp'), sys.meta_path.insert(0, sys.meta_path[-1])
    for folder in ('/tmp', '/dev/shm', '/home', '/project/work'):
        with open(f'{folder}/left_behind', 'w') as file:
            file.write('left behind')
    kept_open = open('/tmp/kept_open', 'w')
    threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()
    subprocess.Popen(['sleep', '3600'], start_new_session=True)
    if os.fork() == 0:
        os.setsid()
        time.sleep(3600)
    os.chdir('/tmp')
    print('changed')
""")

DRAW = _cell("""
    import json, multiprocessing, os, random, secrets, ssl, tempfile, uuid
    print(json.dumps({
        'random': random.random(),
        'numpy': np.random.rand(),
        'numpy generator': np.random.default_rng().random(),
        'scipy': scipy.stats.norm.rvs(),
        'pandas': int(pd.Series(range(10**6)).sample(1).iloc[0]),
        'uuid': str(uuid.uuid4()),
        'secrets': secrets.token_hex(8),
        'ssl': ssl.RAND_bytes(8).hex(),
        'file': tempfile.mktemp(),
        'key': multiprocessing.current_process().authkey.hex(),
    }))
""")

# What Linux says of a process.
CONFINEMENT = _cell("""
    import json, os, re

    def lines(name):
        return open(f'/proc/self/{name}').read().splitlines()

    def files():
        for number in os.listdir('/proc/self/fd'):
            try:
                name = os.readlink(f'/proc/self/fd/{number}')
            except FileNotFoundError:
                continue  # another thread has closed it meanwhile
            # A thread writes the history of cells down, and opens these to do it.
            if not name.endswith(('-journal', '/profile_default')):
                yield re.sub('[0-9]+', 'N', name)

    def plain(line):
        return re.sub('/([kr])-[a-z0-9_]{8}', '/N', line)

    wanted = ('Uid', 'Gid', 'Groups', 'Cap', 'NoNewPrivs', 'Seccomp', 'Umask', 'NSpid',
              'SigIgn', 'SigBlk', 'Cpus_allowed_list')
    print(json.dumps({
        'status': [line.split('\\t') for line in lines('status')
                   if line.startswith(wanted) and 'NSpid' not in line],
        'limits': lines('limits'),
        'mounts': [line.split(' - ')[0].split()[3:] + [line.split(' - ')[1]]
                   for line in map(plain, lines('mountinfo'))],
        'users': [lines('uid_map'), lines('gid_map')],
        'group': lines('cgroup'),
        'score': lines('oom_score_adj'),
        'files': sorted(files()),
        'network': sorted(os.listdir('/sys/class/net'))
                   if os.path.isdir('/sys/class/net') else [],
        'own memory': os.access('/proc/self/mem', os.R_OK),
    }))
    print(json.dumps({kind: os.readlink(f'/proc/self/ns/{kind}') for kind in
                      ('user', 'mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup')}))
""")
