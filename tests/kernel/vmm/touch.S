/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * touch.S - a guest that only boots: a kernel for -kernel that writes VALUE to each of PAGES pages, prints the mark of
 * inner-init on the serial port, and halts. Each reset costs the same: the VMM's work, the firmware's and the faults.
 *
 *   cc -m32 -nostdlib -static -DPAGES=2039 -DVALUE=1 -Wl,-Ttext=0x10000,--oformat=binary,--build-id=none -o FILE touch.S
 *
 * The firmware loads it to 0x10000.
 */
#define FIRST 0x1000000
#define PAGE  4096
#define STACK 0x80000
#define COM1  0x3f8

	.text
	.globl	_start
_start:
	.code16
	.org	0x1f1 /* the header of the Linux boot protocol */
	.byte	1 /* number of sectors of this part, without the first */
	.org	0x1fe
	.word	0xaa55
	.org	0x200
	jmp	begin
	.ascii	"HdrS"
	.word	0x0202
	.org	0x211
	.byte	1 /* the other part is loaded at 1 MiB; it is empty */
	.org	0x240
begin:
	cli
	lgdtl	table_register - _start
	movl	%cr0, %eax
	orl	$1, %eax
	movl	%eax, %cr0
	ljmpl	$8, $protected

	.code32
protected:
	movw	$16, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movl	$STACK, %esp

	movl	$FIRST, %edi
	movl	$PAGES, %ecx
1:	movl	$VALUE, (%edi)
	addl	$PAGE, %edi
	loop	1b

	/*
	 * Set the host bridge's registers 0x59 to 0x5f to ROM at 0xc0000 to 0xfffff. At a reset QEMU leaves the firmware's
	 * copy in RAM there, and that copy would reset once more, as it has run before.
	 */
	movl	$0x80000058, %eax
	call	clear_bridge
	movl	$0x8000005c, %eax
	call	clear_bridge

	movl	$mark, %esi
2:	movw	$COM1 + 5, %dx
3:	inb	%dx, %al
	testb	$0x20, %al /* set when the port can take a byte */
	jz	3b
	movw	$COM1, %dx
	lodsb
	testb	%al, %al
	jz	4f
	outb	%al, %dx
	jmp	2b
4:	hlt
	jmp	4b

clear_bridge:
	movw	$0xcf8, %dx
	outl	%eax, %dx
	movw	$0xcfc, %dx
	xorl	%eax, %eax
	outl	%eax, %dx
	ret

mark:	.asciz	"gm: the guest is up\n"
	.balign	8
table:	.quad	0, 0x00cf9b000000ffff, 0x00cf93000000ffff
table_register:
	.word	table_register - table - 1
	.long	table
	.org	0x600
