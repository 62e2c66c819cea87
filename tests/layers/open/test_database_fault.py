"""Why a database refused: by the state of its answer, else by its words, in any language."""

from __future__ import annotations

import pytest

from gis.errors import ConfigError, DataError
from gis.say import texts_of
from layers.open.database_fault import Asked, database_fault, place_of

psycopg = pytest.importorskip("psycopg")
sqlalchemy = pytest.importorskip("sqlalchemy")

TEXT = "postgresql://anna:topsecret@gis.example:5433/land"


def asked(read_only=True):
    return Asked(TEXT, "GEOPLAN_DSN", "p.toml [layers.road]", "look at it", read_only, 600)


def told(err, **more):
    """The fault, after what must hold for each of them."""
    wrapped = sqlalchemy.exc.OperationalError("select 1", {}, err)
    fault = database_fault(wrapped, more.pop("of", asked()), **more)
    for lang in ("zh", "en"):
        text = fault.text(lang)
        assert "topsecret" not in text
        assert "anna" not in text
        assert "{" not in text
    assert "未给出" not in fault.text("zh")
    return fault


# what a driver says before a connection stands: psycopg 3.3 with servers of English and of
# Chinese messages (PostgreSQL 15, lc_messages)
AT = 'connection failed: connection to server at "127.0.0.1", port 5433 failed: '
WORDS = [
    ("no_answer", AT + "Connection refused\n\tIs the server running on that host"),
    ("no_answer", 'connection to server on socket "/x" failed: No such file or directory'),
    ("no_answer", "connection timeout expired"),
    ("no_answer", AT + "No route to host"),
    ("no_host", "failed to resolve host 'gis.example': [Errno -2] Name or service not known"),
    ("no_login", AT + 'FATAL:  password authentication failed for user "anna"'),
    ("no_login", AT + '致命错误:  用户 "anna" Password 认证失败'),
    ("no_login", AT + "fe_sendauth: no password supplied"),
    ("no_login", AT + 'FATAL:  role "anna" does not exist'),
    ("no_login", AT + '致命错误:  角色 "anna" 不存在'),
    ("not_admitted", AT + 'FATAL:  no pg_hba.conf entry for host "1.2.3.4", user "anna"'),
    ("not_admitted", AT + '致命错误:  没有用于主机 "1.2.3.4", 用户 "anna" 的 pg_hba.conf 记录'),
    ("not_admitted", AT + '致命错误:  对用户"anna"的对等认证失败'),
    ("not_admitted", AT + '致命错误:  不允许角色"anna" 进行登录'),
    ("no_database", AT + 'FATAL:  database "land" does not exist'),
    ("no_database", AT + '致命错误:  数据库 "land" 不存在'),
    ("starting", AT + "FATAL:  the database system is in recovery mode"),
    ("starting", AT + "致命错误:  数据库系统启动中"),
    ("busy", AT + "FATAL:  sorry, too many clients already"),
    ("busy", AT + "致命错误:  对不起, 已经有太多的客户"),
    ("busy", AT + '致命错误:  由角色"anna"发起的连接太多了'),
    ("rights", AT + '致命错误:  访问数据库"land"的权限不够'),
    ("encryption", AT + "server does not support SSL, but SSL was required"),
    ("other_program", AT + "received invalid response to SSL negotiation: H"),
    ("lost", "consuming input failed: server closed the connection unexpectedly"),
    ("lost", "the connection is lost"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "words"), WORDS)
def test_words_of_a_driver_are_told_as_what_they_mean(key, words):
    fault = told(psycopg.OperationalError(words))
    assert isinstance(fault, DataError)
    assert fault.faults[0].got.key == f"layers.database.{key}"
    assert fault.faults[0].todo.key == f"layers.database.{key}_todo"
    place = "gis.example:5433"
    assert (place in str(fault)) == ("{place}" in texts_of("layers.database")[key]["en"])


@pytest.mark.parametrize(
    ("state", "key"),
    [
        ("53100", "disk_full"),
        ("53200", "memory"),
        ("53300", "busy"),
        ("57014", "too_long"),
        ("55P03", "too_long"),
        ("57P01", "lost"),
        ("57P02", "lost"),
        ("57P03", "starting"),
        ("42501", "rights"),
        ("25006", "read_only"),
        ("40P01", "conflict"),
        ("3D000", "no_database"),
        ("28P01", "no_login"),
        ("28000", "not_admitted"),
        ("58030", "storage"),
        ("22P05", "signs"),
        ("23503", "constraint"),
        ("P0001", "constraint"),
    ],
)
@pytest.mark.parametrize("read_only", [True, False])
def test_the_state_of_an_answer_decides_in_every_language(state, key, read_only):
    """States of PostgreSQL's appendix "Error Codes"; the words are nobody's."""
    err = psycopg.errors.lookup(state)("某种语言的说明")
    fault = told(err, of=asked(read_only))
    assert fault.faults[0].got.key == f"layers.database.{key}"
    # a transaction that failed has changed nothing: who wrote is told
    assert ("没有改变" in fault.text("zh")) != read_only
    assert ("GRANT SELECT" in str(fault)) == (key == "rights" and read_only)


def test_names_are_taken_from_messages_of_any_language():
    table = psycopg.errors.UndefinedTable('关系 "land.road" 不存在\nLINE 1: select')
    assert "no table called land.road" in str(told(table))
    column = psycopg.errors.UndefinedColumn('column "geo" does not exist')
    assert "没有名为 geo 的列" in told(column).text("zh")
    function = psycopg.errors.UndefinedFunction("函数 f(text) 不存在")
    assert "no function or type f(text)" in str(told(function))
    assert str(told(table)).endswith("look at it")  # what to do is who asked's


def test_a_database_without_postgis_is_told_as_one():
    err = psycopg.errors.UndefinedTable('关系 "geometry_columns" 不存在')
    assert "CREATE EXTENSION postgis" in str(told(err))


def test_an_answer_nobody_knows_gives_its_state():
    assert "SQLSTATE 22012" in str(told(psycopg.errors.DivisionByZero("除以零")))


def test_a_text_the_driver_does_not_take_is_a_fault_of_the_setting():
    fault = told(psycopg.OperationalError('invalid port number: "99999"'))
    assert isinstance(fault, ConfigError)
    assert "GEOPLAN_DSN" in str(fault)


def test_a_connection_lost_at_the_end_leaves_open_what_was_kept():
    err = psycopg.OperationalError("the connection is lost")
    fault = told(err, of=asked(read_only=False), at_end=True)
    assert "不得而知" in fault.text("zh")
    assert "没有改变" not in fault.text("zh")
    # reading keeps nothing
    assert "closed the connection;" in str(told(err, at_end=True))
    # what came of a lost connection is told as one, whatever the library made of it
    later = sqlalchemy.exc.PendingRollbackError("Can't reconnect")
    assert "closed the connection" in str(database_fault(later, asked(), lost=True))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("postgresql://a:b@h/d", "h:5432"),
        ("postgresql://a:b@[::1]:5433/d", "[::1]:5433"),
        ("postgresql://a:b@/d?host=/run/pg&port=5434", "socket /run/pg/.s.PGSQL.5434"),
        ("postgresql://a:b@/d", "socket /var/run/postgresql/.s.PGSQL.5432"),
        ("postgresql://a:b@/d?host=h1,h2&port=1,2", "h1:1, h2:2"),
        ("postgresql:///d?service=land", "service land"),
    ],
)
def test_a_place_has_neither_user_nor_password(monkeypatch, text, place):
    for name in ("PGHOST", "PGPORT"):
        monkeypatch.delenv(name, raising=False)
    assert place_of(text) == place
