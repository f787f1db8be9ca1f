#!/usr/bin/env python3
"""The parts of tests/xen/run that need no machine."""

import contextlib
import io
import pathlib
import sys
import tarfile
import tempfile
import threading
import unittest
import unittest.mock

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "guest"), str(HERE / "harness")]  # the agent imports frames by itself

import agent  # noqa: E402
from harness import cli, config, domain, frames, host, images, lab, packages, result, scenario, service, staging  # noqa: E402


def receiver(data, piece=3):
    """Like socket.recv, in small pieces."""
    stream = io.BytesIO(data)
    return lambda size: stream.read(min(size, piece))


class Frames(unittest.TestCase):
    def test_what_is_packed_is_read(self):
        data = frames.pack(frames.OUTPUT, b"abcdefgh") + frames.pack(frames.INPUT)
        receive = receiver(data)
        self.assertEqual(frames.read_frame(receive), (frames.OUTPUT, b"abcdefgh"))
        self.assertEqual(frames.read_frame(receive), (frames.INPUT, b""))
        self.assertEqual(frames.read_frame(receive), (None, b""))

    def test_a_stream_that_ends_within_a_frame_is_broken(self):
        whole = frames.pack(frames.OUTPUT, b"abc")
        for size in range(1, len(whole)):
            with self.assertRaises(frames.BrokenStream):
                frames.read_frame(receiver(whole[:size]))

    def test_what_is_no_frame_is_refused(self):
        for data in (b"HTTP/", b"O\xff\xff\xff\xff"):
            with self.assertRaises(frames.BrokenStream):
                frames.read_frame(receiver(data))

    def test_chunks_fit_into_frames_and_lose_nothing(self):
        data = bytes(range(256)) * 1000
        pieces = list(frames.chunks(data))
        self.assertEqual(b"".join(pieces), data)
        self.assertLessEqual(max(map(len, pieces)), frames.MAX_PAYLOAD)


class Agent(unittest.TestCase):
    """The agent of the domains, on this machine."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        agent.LOGS = cls.folder.name
        cls.server = agent.socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=agent.serve, args=(cls.server,), daemon=True).start()
        cls.here = domain.Domain("here", cls.server.getsockname()[1])
        cls.user = agent.pwd.getpwuid(agent.os.getuid()).pw_name

    @classmethod
    def tearDownClass(cls):
        cls.server.close()
        cls.folder.cleanup()

    def run_here(self, command, **options):
        return self.here.run(command, user=self.user, **options)

    def test_both_streams_and_the_status_come_back(self):
        done = self.run_here("echo out; echo err >&2; exit 3", check=False)
        self.assertEqual((done.stdout, done.stderr, done.status), ("out\n", "err\n", 3))
        with self.assertRaisesRegex(result.CommandFailed, "status 3"):
            done.checked()

    def test_large_input_and_output_survive(self):
        data = bytes(range(256)) * 4096
        self.assertEqual(self.run_here("cat", stdin=data).output, data)
        self.assertEqual(self.run_here("true", stdin=data).output, b"")

    def test_a_timeout_ends_the_command_and_its_children(self):
        done = self.run_here("sleep 100 & sleep 100", timeout=0.3, check=False)
        self.assertTrue(done.timed_out)

    def test_jobs_run_in_the_background_until_they_are_stopped(self):
        script = "trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.05; done"
        job = self.here.start(script, "job", user=self.user)
        job.wait_for("ready", 10)
        with self.assertRaisesRegex(host.LabError, "already"):
            self.here.start("true", "job", user=self.user)
        self.assertTrue(job.alive)
        self.assertEqual(job.stop(), 7)
        self.assertIn("bye", job.log())

    def test_lasting_jobs_outlive_a_scenario(self):
        self.here.start("sleep 100", "short", user=self.user)
        self.here.start("sleep 100", "long", user=self.user, lasting=True)
        self.here.stop_jobs()
        self.assertIsNone(self.here.job("short"))
        self.assertTrue(self.here.job("long").alive)
        self.here.stop_jobs(lasting=True)
        self.assertIsNone(self.here.job("long"))

    def test_a_user_that_does_not_exist_is_an_error(self):
        with self.assertRaisesRegex(host.LabError, "KeyError"):
            self.here.run("true", user="no-such-user")


class Config(unittest.TestCase):
    TEXT = """
# a guest
name = "dvm"   # its name
type='pvh'
max_grant_frames = 600
disk = [ 'phy:/dev/x,xvda,w',
         'phy:/dev/y#1,xvdb,w' ]
extra = "console=hvc0 a=b"
vgpu = ["backend=gvm"]
"""

    def test_values_are_found(self):
        values = config.parse(self.TEXT)
        self.assertEqual(list(values), ["name", "type", "max_grant_frames", "disk", "extra", "vgpu"])
        self.assertEqual(config.unquoted(values["type"]), "pvh")
        self.assertIn("/dev/y#1", values["disk"])

    def test_some_are_replaced_and_others_kept(self):
        derived = config.derive(self.TEXT, {"disk": ["a", "b"], "memory": 512}, "more=1")
        self.assertIn('disk = ["a", "b"]\n', derived)
        self.assertIn("memory = 512\n", derived)
        self.assertIn("max_grant_frames = 600\n", derived)
        self.assertIn('extra = "console=hvc0 a=b more=1"\n', derived)
        self.assertEqual(len(derived.splitlines()), 7)

    def test_the_shipped_configurations_can_be_derived(self):
        for name, file in lab.CONFIGS.items():
            text = (host.ROOT / "xl-configs" / file).read_text(encoding="utf-8")
            self.assertIn(f'name = "{name}"', config.derive(text, {"name": name}))


class Programs(unittest.TestCase):
    def test_only_differences_are_sent(self):
        sent, removed = staging.differences({"a": "1", "b": "2", "c": "3"}, {"a": "1", "b": "0", "d": "4"})
        self.assertEqual((sent, removed), (["b", "c"], ["d"]))

    def test_an_archive_belongs_to_root(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "x").write_text("hello", encoding="utf-8")
            self.assertEqual(list(staging.contents(folder)), ["x"])
            with tarfile.open(fileobj=io.BytesIO(staging.archive(folder, ["x"]))) as tar:
                self.assertEqual([(entry.name, entry.uid, entry.uname) for entry in tar], [("x", 0, "root")])

    def test_lists_of_packages_are_read(self):
        self.assertEqual(packages.names("# all\n\nxl   why # really\nqemu-x  that\n"), ["xl", "qemu-x"])
        for path in HERE.glob("*packages.txt"):
            self.assertTrue(packages.read(path))

    def test_a_kernel_without_xz_is_refused(self):
        with self.assertRaisesRegex(host.LabError, "xz"):
            images.unpack_kernel(b"MZ" * 1000)


class Scenarios(unittest.TestCase):
    def run_function(self, function):
        return scenario.run_one(scenario.Scenario("It works", True, 10, function), unittest.mock.Mock())

    def test_all_can_be_loaded_and_have_sentences_of_their_own(self):
        sentences = [one.sentence for one in scenario.load()]
        self.assertTrue(sentences)
        self.assertEqual(len(sentences), len(set(sentences)))

    def test_the_core_ones_are_the_default(self):
        made = [scenario.Scenario(name, core, 10, None) for name, core in (("A", True), ("B", False))]
        self.assertEqual([one.sentence for one in scenario.select(made)], ["A"])
        self.assertEqual([one.sentence for one in scenario.select(made, everything=True)], ["A", "B"])
        self.assertEqual([one.sentence for one in scenario.select(made, only="b")], ["B"])

    def test_the_table_counts(self):
        outcomes = [scenario.Outcome("Good", 1.25, None), scenario.Outcome("Bad", 61, "why")]
        self.assertEqual(scenario.table(outcomes),
                         "ok        1.2 s  Good\nFAILED   61.0 s  Bad\n1 passed, 1 failed")  # fmt: skip

    def test_a_failed_expectation_is_a_failure(self):
        self.assertIsNone(self.run_function(lambda lab: None).failure)
        self.assertIn("why", self.run_function(lambda lab: scenario.expect(False, "why")).failure)
        self.assertIn("ZeroDivisionError", self.run_function(lambda lab: 1 / 0).failure)


class Service(unittest.TestCase):
    def test_mapped_pages_are_counted(self):
        text = """(XEN) grant-table for remote d2 (v1)
(XEN)   2 frames (600 max), 0 maptrack frames (8192 max)
(XEN) [0x038]      1 0x1b921b 0x00000002          1 0x1b921b 0x19
(XEN) [0x24b]      0 0x1b943f 0x00000001          0 0x1b943f 0x19
(XEN) grant-table for remote d7 (v1)
"""
        self.assertEqual(service.count_grants(text, {"2": "dvm"}, "1"), {"dvm": 1, "(null)": 0})


class CommandLine(unittest.TestCase):
    def test_folders_follow_the_build_folder(self):
        options = cli.parse(["--build-dir", "/b"])
        self.assertEqual((str(options.output), str(options.cache)), ("/b/xen-run", "/b/xen-cache"))

    def test_keep_and_attach_exclude_each_other(self):
        with contextlib.redirect_stderr(io.StringIO()), self.assertRaises(SystemExit):
            cli.parse(["--keep", "--attach"])


if __name__ == "__main__":
    unittest.main()
